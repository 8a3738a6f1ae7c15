#!/usr/bin/env python3
"""seeds.py DIR - writes the inputs that the fuzz targets start from, as DIR/TARGET/NAME: small well-formed ones."""
import pathlib
import struct
import sys

RAM = [(0x100000, 0x7F00000, 1), (0x8000000, 0x1000, 1), (0x8002000, 0x1000, 1), (0, 0x9FC00, 1),
        (0x9FC00, 0x400, 2), (0xFEE00000, 0x1000, 2)]


def placed(size, **parts):
    """`size` bytes with each part at the offset its name ends in, as in at_10=b"..." (hexadecimal)."""
    out = bytearray(size)
    for name, part in parts.items():
        at = int(name.rpartition("_")[2], 16)
        out[at:at + len(part)] = part
    return bytes(out)


def multiboot1(ram):
    """The block at 8, behind it command line, a module, the map."""
    entries = b"".join(struct.pack("<IQQI", 20, *entry) for entry in ram)
    flags = 1 << 2 | 1 << 3 | 1 << 6
    block = struct.pack("<IIIIIIII12sII", flags, 0, 0, 0, 0x40, 1, 0x60, 0, b"", len(entries), 0x80)
    return b"\0\1" + placed(0x80 + len(entries), block_8=block, text_40=b"kernel log=2",
                            module_60=struct.pack("<IIII", 8, 16, 0, 0), map_80=entries)


def multiboot2(modules):
    def tag(kind, content):
        body = struct.pack("<II", kind, 8 + len(content)) + content
        return body + bytes(-len(body) % 8)
    entries = b"".join(struct.pack("<QQII", *entry, 0) for entry in RAM)
    tags = (tag(1, b"log=2\0") + tag(3, struct.pack("<II", 8, 16) + b"archive\0") * modules +
            tag(6, struct.pack("<II", 24, 0) + entries) + tag(14, bytes(20)) + tag(15, bytes(36)) + tag(0, b""))
    return b"\1\1" + placed(8 + 8 + len(tags), block_8=struct.pack("<II", 8 + len(tags), 0) + tags)


def program(kind, segments, first=(4, 0, 0x400000, 0x200, 0x200)):
    rows = [first, *segments]
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", kind, 62, 1, 0x400100, 64, 0, 0, 64, 56,
                                                             len(rows), 0, 0, 0)
    table = b"".join(struct.pack("<IIQQQQQQ", 1, flags, offset, vaddr, vaddr, filesz, memsz, 0x1000)
                     for flags, offset, vaddr, filesz, memsz in rows)
    return placed(max(0x300, len(header + table)), header_0=header + table)


def entry(name, mode, data=b""):
    fields = [1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(*entries):
    return b"\1" + b"".join(entries) + entry(b"TRAILER!!!", 0)


def table(name, body):
    head = name + struct.pack("<IBB6s8sIII", 36 + len(body), 1, 0, b"BLKHED", b"SEED", 1, 0, 1)
    return head[:9] + bytes([-sum(head + body) & 255]) + head[10:] + body


def acpi(flags, base, fadt_size=148, fadt_at=0xC0, dsdt_at=0x180):
    """RSDP at base, RSDT at +0x40, XSDT at +0x80, then FADT and DSDT."""
    dsdt = table(b"DSDT", b"\x08_S5_\x12\x06\x04\x0a\x05\x00\x00\x00\x00")
    fadt = placed(112, dsdt_4=struct.pack("<I", base + dsdt_at), control_1c=struct.pack("<I", 0x604),
                  timer_28=struct.pack("<I", 0x608), length_37=b"\x04", wide_68=struct.pack("<Q", base + dsdt_at))
    rsdt, xsdt = (table(name, struct.pack(form, base + fadt_at))
                  for name, form in ((b"RSDT", "<I"), (b"XSDT", "<Q")))
    rsdp = b"RSD PTR \0BLKHED\2" + struct.pack("<IIQI", base + 0x40, 36, base + 0x80, 0)
    rsdp = rsdp[:8] + bytes([-sum(rsdp[:20]) & 255]) + rsdp[9:]
    rsdp = rsdp[:32] + bytes([-sum(rsdp) & 255]) + rsdp[33:]
    facp = table(b"FACP", fadt[:fadt_size - 36])
    tables = sorted([(0, rsdp), (0x40, rsdt), (0x80, xsdt), (fadt_at, facp), (dsdt_at, dsdt)])
    size = tables[-1][0] + len(tables[-1][1])
    return bytes([flags]) + placed(size, **{f"at_{at:x}": part for at, part in tables})


ROWS = [(5, 0x200, 0x401200, 0x80, 0x80), (6, 0x280, 0x402280, 0x10, 0x2000)]
FILE, DIRECTORY = 0o100644, 0o040755
SEEDS = {
    "handoff": {"multiboot1": multiboot1(RAM), "multiboot2": multiboot2(1), "modules": multiboot2(4),
                "more": multiboot2(5),
                **{f"pieces{n}": multiboot1([(0x2000 * i, 0x1000, 1) for i in range(n)]) for n in (64, 65)}},
    "elf": {"exec": program(2, ROWS), "pie": program(3, ROWS), "one": program(2, []),
            **{f"segments{n}": program(2, [(4, 0, 0x401000 + 0x1000 * i, 0, 1) for i in range(n - 1)])
               for n in (16, 17)}},
    "cpio": {"empty": archive(), "file": archive(entry(b"a", FILE, b"x")),
             "tree": archive(entry(b".", DIRECTORY), entry(b"./bin", DIRECTORY), entry(b"bin/sh", FILE, b"hello"),
                             entry(b"/etc", DIRECTORY), entry(b"etc/e", FILE)),
             "long": archive(entry(b"n" * 255, FILE)), "longer": archive(entry(b"n" * 256, FILE)),
             "name": archive(entry(b"a/../b", FILE)), "twice": archive(entry(b"a", FILE), entry(b"./a", FILE)),
             "room": archive(entry(b"a" + bytes(37), FILE, b"x")), "dirt": archive(entry(b"a\0b", FILE, b"x")),
             "cut": b"\1" + entry(b"a", FILE, b"x") + entry(b"b", FILE)[:60],
             "link": archive(entry(b"l", 0o120777, b"a"))},
    "words": {"number": b"\x20n\0a=1 n=18446744073709551615 b", "flag": b"\4smp\0log=2 smp",
              "cut": b"\3root\0root=/dev/null  x root", "long": b"\xffk\0" + b"k=" + b"7" * 40},
    "acpi": {"sound": acpi(0, 16), "mended": acpi(1, 16), "bios": acpi(3, 0xE0000),
             "short": acpi(0, 16, fadt_size=116, fadt_at=0x100, dsdt_at=0xC0)},
}

for target, seeds in SEEDS.items():
    directory = pathlib.Path(sys.argv[1], target)
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        (directory / name).write_bytes(content)
