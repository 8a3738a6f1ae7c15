"""bh vm, bh pte, bh frames: address spaces, the walk of one address, page frames."""
import gdb

from . import kernel as k
from . import tables
from .command import Trouble, command, want

PROT = ("---", "r--", "rw-", "r-x")  # enum prot, mm/aspace.h


def regions(space):
    yield from k.tree(space["regions"], "struct region", "node", "regions")


def region_name(region):
    if k.u64(region["name"]):
        return k.text(region["name"])
    return "[" + str(region["kind"]).rpartition("REGION_")[2].lower() + "]"


@command("vm", "bh vm PID", "the regions of a process: rights, kind, pages present (counted in its page tables).")
def vm(words):
    want(words, 0, 1, "bh vm PID")
    process = k.process_of(words, "bh vm PID")
    if not k.u64(process["aspace"]):
        raise Trouble(f"process {int(process['pid'])} has no address space any more: it has ended")
    space = process["aspace"].dereference()
    root, total = k.u64(space["root"]["v"]), 0
    print(f"process {int(process['pid'])} ({k.text(process['name'])}), tables at {root:#x}")
    for region in regions(space):
        start, end = k.u64(region["start"]), k.u64(region["end"])
        present = sum(1 for _ in tables.leaves(root, start, end))
        total += present
        kind = str(region["kind"]).rpartition("REGION_")[2].lower()
        print(f"{start:012x}-{end:012x} {PROT[int(region['prot'])]} {tables.pages(end - start):7} pages "
              f"{present:6} present  {kind:5}  {region_name(region)}")
    said = k.u64(space["resident"])
    print(f"{total} pages present" + ("" if total == said else f", but the space counts {said}"))


def show_frame(physical):
    record = k.frame_record(physical)
    if record is None:
        return "no RAM that the kernel manages"
    refs, _ = record
    return f"{refs} references" if refs != 1 else "1 reference" if refs else "free, or reserved for ever"


@command("pte", "bh pte ADDRESS [PID]",
         "the page-table walk of an address: in CR3's tables, or in those of PID.", early=True)
def pte(words):
    want(words, 1, 2, "bh pte ADDRESS [PID]")
    address = k.evaluate(words[0])
    if len(words) > 1:
        process = k.process(k.evaluate(words[1]))
        if not k.u64(process["aspace"]):
            raise Trouble(f"process {words[1]} has no address space any more: it has ended")
        root = k.u64(process["aspace"]["root"]["v"])
    else:
        root = k.register("cr3")
    print(f"{address:#x}, tables at {root & tables.FRAME:#x}")
    if not tables.canonical(address):
        raise Trouble(f"{address:#x} is not canonical: the CPU raises #GP and walks no table")
    for name, index, entry, shift, leaf in tables.walk(root, address):
        print(f"  {name:4} [{index:3}] {entry:#018x}  {tables.bits(entry, leaf)}")
        if leaf and entry:
            where = tables.physical(entry, address, shift)
            print(f"  physical {where:#x}, frame {where & ~(k.PAGE - 1):#x}: {show_frame(where)}")


@command("frames", "bh frames [PHYSICAL]", "page frames: how many are used; or the record of the one at an address.")
def frames(words):
    want(words, 0, 1, "bh frames [PHYSICAL]")
    if words:
        physical = k.evaluate(words[0])
        record = k.frame_record(physical)
        print(f"frame {physical & ~(k.PAGE - 1):#x}: {show_frame(physical)}"
              + (f", note {record[1]:#x}" if record and record[0] else ""))
        return
    total, used = (k.u64(k.variable("mm/frame.c", name)) for name in ("total", "used"))
    print(f"{total} frames, {used} in use, {total - used} free")
    for index in range(int(k.variable("mm/frame.c", "span_count"))):
        span = k.variable("mm/frame.c", "spans")[index]
        print(f"  RAM {k.u64(span['start']):#x}-{k.u64(span['end']):#x}")
