"""The counters of the coverage build: found in the kernel's file, read from the machine's memory, given to gcov.

The compiler lays out a struct gcov_info for each source (libgcov's gcov.h, GCC 12 and 13), gathered by linker.ld
between two symbols. What it points to is constant, and read from the ELF file; the counters themselves are read from
the file that holds the emulator's RAM, after its end. Files for gcov have the format of gcov-io.h.
"""
import fcntl
import json
import pathlib
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNEL_BASE = 0xFFFFFFFF80000000  # kernel/lib/layout.h: virtual = physical + this
DATA_MAGIC, TAG_FUNCTION, TAG_ARCS = 0x67636461, 0x01000000, 0x01A10000
COUNTER_KINDS = 8
PT_LOAD = 1


class Image:
    """The kernel's ELF file, by address."""

    def __init__(self, path):
        self.bytes = pathlib.Path(path).read_bytes()
        offset, = struct.unpack_from("<Q", self.bytes, 32)
        size, count = struct.unpack_from("<HH", self.bytes, 54)
        self.segments = []
        for n in range(count):
            kind, _, at, address, _, length = struct.unpack_from("<IIQQQQ", self.bytes, offset + n * size)
            if kind == PT_LOAD:
                self.segments.append((address, length, at))

    def read(self, form, address):
        for start, length, at in self.segments:
            if start <= address < start + length:
                return struct.unpack_from("<" + form, self.bytes, at + address - start)
        raise ValueError(f"no byte of the kernel's file is at {address:#x}")

    def text(self, address):
        for start, length, at in self.segments:
            if start <= address < start + length:
                at += address - start
                return self.bytes[at:self.bytes.index(0, at)].decode()
        raise ValueError(f"no byte of the kernel's file is at {address:#x}")


def symbols(kernel):
    listed = subprocess.run(["nm", kernel], capture_output=True, text=True, check=True).stdout
    return {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}


class Unit:
    """One source: (ident, checksums, address and number of its counters) for each function."""

    def __init__(self, image, at):
        self.version, = image.read("I", at)
        self.stamp, self.checksum, name = image.read("IIQ", at + 16)
        self.name = image.text(name)
        count, _, table = image.read("IIQ", at + 32 + COUNTER_KINDS * 8)
        self.functions = []
        for n in range(count):
            function, = image.read("Q", table + n * 8)
            key, ident, lines, graph, number, values = image.read("QIIIxxxxIxxxxQ", function)
            if key == at:
                self.functions.append((ident, lines, graph, values, number))

    def data(self, counts):
        """A .gcda file's bytes; counts(address, number) gives the counters."""
        out = struct.pack("<IIII", DATA_MAGIC, self.version, self.stamp, self.checksum)
        for ident, lines, graph, values, number in self.functions:
            out += struct.pack("<IIIII", TAG_FUNCTION, 12, ident, lines, graph)
            out += struct.pack(f"<II{number}Q", TAG_ARCS, 8 * number, *counts(values, number))
        return out


def units(kernel):
    image, names = Image(kernel), symbols(kernel)
    return [Unit(image, image.read("Q", at)[0])
            for at in range(names["__gcov_info_start"], names["__gcov_info_end"], 8)]


def gather(kernel, ram, into):
    """Adds the counters in the file `ram` to those in the file `into`, all in the order of units()."""
    found = []
    with open(ram, "rb") as memory:
        for unit in units(kernel):
            for *_, values, number in unit.functions:
                memory.seek(values - KERNEL_BASE)
                found += struct.unpack(f"<{number}Q", memory.read(8 * number))
    if max(found) >= 1 << 48:  # firmware's leavings: the kernel was never loaded
        return
    into = pathlib.Path(into)
    with open(f"{into}.lock", "w", encoding="utf-8") as guard:  # several machines end at the same time
        fcntl.flock(guard, fcntl.LOCK_EX)
        add(found, into)


def add(found, into):
    before = struct.unpack(f"<{len(found)}Q", into.read_bytes()) if into.exists() else [0] * len(found)
    into.write_bytes(struct.pack(f"<{len(found)}Q", *map(sum, zip(before, found))))


def lines(kernel, gathered, scratch):
    """{file: {line: how often}} from a file that gather() made."""
    raw = pathlib.Path(gathered).read_bytes()
    numbers = list(struct.unpack(f"<{len(raw) // 8}Q", raw))
    result = {}

    def take(_address, number):
        taken, numbers[:number] = numbers[:number], []
        return taken

    for unit in units(kernel):
        data = pathlib.Path(scratch, "unit.gcda")
        data.write_bytes(unit.data(take))
        data.with_suffix(".gcno").write_bytes((ROOT / unit.name).with_suffix(".gcno").read_bytes())
        said = subprocess.run(["gcov", "--json-format", "--stdout", data], capture_output=True, text=True, check=True)
        for file in json.loads(said.stdout)["files"]:
            counts = result.setdefault(file["file"], {})
            for line in file["lines"]:
                counts[line["line_number"]] = counts.get(line["line_number"], 0) + line["count"]
    return result
