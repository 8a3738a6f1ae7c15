"""Page tables as the CPU walks them (SDM 3A 4.5), read by physical address: right whatever CR3 holds."""
import struct

import gdb

from .kernel import DIRECT_BASE, PAGE

P, W, U, PWT, PCD, A, D, PS, G, NX = (1 << n for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 63))
FRAME = 0x000FFFFFFFFFF000
LEVELS = (("PML4", 39), ("PDPT", 30), ("PD", 21), ("PT", 12))


def read_physical(address, words):
    """Through the direct map while that works, else through QEMU's monitor."""
    try:
        data = gdb.selected_inferior().read_memory(DIRECT_BASE + address, 8 * words)
        return struct.unpack(f"<{words}Q", bytes(data))
    except gdb.MemoryError:
        said = gdb.execute(f"monitor xp /{words}gx {address:#x}", to_string=True)
        return tuple(int(word, 16) for line in said.splitlines() for word in line.partition(":")[2].split())


def bits(entry, leaf):
    """The bits by name, after kernel: mm/pte.h."""
    if not entry & P:
        if not entry:
            return "empty"
        return "not present, but its frame waits for rights (PROT_NONE)" if leaf else "not present"
    names = ["P", "W" if entry & W else "-", "U" if entry & U else "-"]
    rest = ((PWT, "PWT"), (PCD, "PCD"), (A, "A"), (D, "D"), (G, "G"), (NX, "NX"))
    names += [name for bit, name in rest if entry & bit]
    return " ".join(names) + (" PS (large page)" if leaf and entry & PS else "")


def walk(root, address):
    """(level's name, index, entry, shift, is it a leaf) from the top to where the walk ends."""
    table = root & FRAME
    for name, shift in LEVELS:
        index = address >> shift & 511
        entry = read_physical(table + 8 * index, 1)[0]
        leaf = name == "PT" or bool(entry & PS and name in ("PDPT", "PD"))
        yield name, index, entry, shift, leaf
        if leaf or not entry & P:
            return
        table = entry & FRAME


def leaves(table, start, end, level=0, base=0):
    """(address, entry) of each level-1 entry in use in [start, end)."""
    shift = LEVELS[level][1]
    for index, entry in enumerate(read_physical(table & FRAME, 512)):
        low = base + (index << shift)
        if not entry or low >= end or low + (1 << shift) <= start:
            continue
        if level == 3:
            yield low, entry
        elif entry & P and not entry & PS:
            yield from leaves(entry, start, end, level + 1, low)


def physical(entry, address, shift):
    return (entry & FRAME & ~((1 << shift) - 1)) + (address & ((1 << shift) - 1))


def canonical(address):
    return address >> 47 in (0, (1 << 17) - 1)


def pages(length):
    return length // PAGE
