#!/usr/bin/env python3
"""Writes the data that tests/user reads: malformed programs, a sound one, and plain files.

usage: mkbad.py DIRECTORY

Each malformed file is a sound static ELF64 program (it exits with 42) with one thing wrong. Names that
start with "enoexec_" are refused by execve with ENOEXEC on Linux; those with "dies_" may be refused with
any errno or end the process by a signal: t_exec_bad_elf.c says which is which.
"""
import os
import struct
import sys

BASE, CODE = 0x400000, bytes.fromhex("b83c000000bf2a0000000f05")  # mov $60,%eax; mov $42,%edi; syscall
EHDR, PHDR = 64, 56
# movabs $..., %rax; push %rax, twice, so that CODE lies on the stack; jmp *%rsp
ON_STACK = b"".join(b"\x48\xb8" + part + b"\x50" for part in (CODE[8:].ljust(8, b"\x90"), CODE[:8])) + b"\xff\xe4"


def header(**over):
    f = dict(magic=b"\x7fELF", klass=2, data=1, version=1, type=2, machine=62, version2=1, entry=BASE + 0x1000,
             phoff=EHDR, shoff=0, flags=0, ehsize=EHDR, phentsize=PHDR, phnum=1, shentsize=64, shnum=0, shstrndx=0)
    f.update(over)
    ident = f["magic"] + bytes([f["klass"], f["data"], f["version"]]) + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", f["type"], f["machine"], f["version2"], f["entry"], f["phoff"],
                               f["shoff"], f["flags"], f["ehsize"], f["phentsize"], f["phnum"], f["shentsize"],
                               f["shnum"], f["shstrndx"])


def segment(**over):
    f = dict(type=1, flags=5, offset=0x1000, vaddr=BASE + 0x1000, paddr=0, filesz=len(CODE), memsz=len(CODE),
             align=4096)
    f.update(over)
    return struct.pack("<IIQQQQQQ", f["type"], f["flags"], f["offset"], f["vaddr"], f["paddr"], f["filesz"],
                       f["memsz"], f["align"])


STACK_SEGMENT = segment(type=0x6474e551, flags=7, offset=0, vaddr=0, filesz=0, memsz=0, align=16)  # PT_GNU_STACK


def image(head=None, segments=None, code=CODE):
    start = header(**(head or {})) + b"".join(segments or [segment()])
    return start.ljust(0x1000, b"\0") + code


def pie(head=None, segments=None):
    """The sound program at address 0 of a file of type ET_DYN: the kernel chooses where it goes."""
    return image(dict(dict(type=3, entry=0x1000), **(head or {})), segments or [pie_segment()])


def pie_segment(**over):
    return segment(**dict(dict(vaddr=0x1000), **over))


def files():
    good = image()
    yield "good", good
    zeros = segment(flags=6, offset=0x100c, vaddr=BASE + 0x200c, filesz=0, memsz=0x5000)
    yield "good_bss", image({"phnum": 2}, [segment(), zeros])
    yield "good_unaligned_end", image(None, [segment(memsz=len(CODE))])
    yield "good_pie", pie()
    yield "good_pie_high", pie({"entry": BASE + 0x1000}, [segment()])
    yield "good_pie_aligned", pie(None, [pie_segment(align=1 << 21)])
    yield "good_pie_odd_align", pie(None, [pie_segment(align=12345)])
    # refused with ENOEXEC
    yield "enoexec_empty", b""
    yield "enoexec_text", b"just some text\n"
    yield "enoexec_magic_only", b"\x7fELF"
    yield "enoexec_half_header", good[:32]
    yield "enoexec_header_only", good[:64]
    yield "enoexec_cut_phdr", good[:64 + 20]
    yield "enoexec_magic", b"\x7fELG" + good[4:]
    yield "enoexec_machine_386", image({"machine": 3, "klass": 1})
    yield "enoexec_machine_arm64", image({"machine": 183})
    yield "enoexec_type_rel", image({"type": 1})
    yield "enoexec_type_core", image({"type": 4})
    yield "enoexec_type_none", image({"type": 0})
    yield "enoexec_phentsize_small", image({"phentsize": 55})
    yield "enoexec_phentsize_zero", image({"phentsize": 0})
    yield "enoexec_phnum_zero", image({"phnum": 0})
    yield "enoexec_phnum_huge", image({"phnum": 65535})
    yield "enoexec_phoff_past_end", image({"phoff": 0x100000})
    yield "enoexec_phoff_huge", image({"phoff": 1 << 62})
    yield "enoexec_phoff_negative", image({"phoff": (1 << 64) - 56})
    # loads partly or not at all: an errno or a signal, but nothing else
    yield "dies_filesz_over_memsz", image(None, [segment(filesz=0x2000, memsz=0x100)])
    yield "dies_vaddr_kernel", image({"entry": 0xffffffff80000000}, [segment(vaddr=0xffffffff80001000)])
    yield "dies_vaddr_hole", image(None, [segment(vaddr=0x800000001000)])
    yield "dies_memsz_huge", image(None, [segment(memsz=1 << 62)])
    yield "dies_memsz_wraps", image(None, [segment(memsz=(1 << 64) - 0x1000)])
    yield "dies_end_above_top", image(None, [segment(vaddr=0x7fffffff0000 + 0x0, memsz=0x100000)])
    yield "dies_vaddr_congruence", image(None, [segment(vaddr=BASE + 0x1010)])
    yield "dies_offset_past_end", image(None, [segment(offset=0x10000000)])
    yield "dies_offset_wraps", image(None, [segment(offset=(1 << 64) - 0x1000)])
    yield "dies_entry_zero", image({"entry": 0})
    yield "dies_entry_unmapped", image({"entry": 0x10000000})
    yield "dies_entry_kernel", image({"entry": 0xffff800000000000})
    yield "dies_entry_hole", image({"entry": 0x800000000000})
    yield "dies_entry_not_executable", image(None, [segment(flags=4)])
    yield "dies_no_load", image(None, [segment(type=4)])
    yield "dies_cut_segment", good[:0x1000]
    yield "dies_filesz_past_end", image(None, [segment(filesz=0x100000, memsz=0x100000, offset=0x2000)])
    yield "dies_pie_vaddr_kernel", pie({"phnum": 2}, [pie_segment(), pie_segment(vaddr=0xffffffff80001000)])
    yield "dies_pie_vaddr_wraps", pie({"phnum": 2}, [pie_segment(), pie_segment(vaddr=(1 << 64) - 0x10000)])
    yield "dies_pie_end_above_top", pie(None, [pie_segment(memsz=0x7fffffffe000 - 0x1000)])
    yield "dies_pie_far", pie({"phnum": 2}, [pie_segment(), pie_segment(vaddr=0x7ffffff00000 + 0x1000)])
    yield "dies_pie_memsz_huge", pie(None, [pie_segment(memsz=1 << 62)])
    yield "dies_pie_memsz_wraps", pie(None, [pie_segment(memsz=(1 << 64) - 0x1000)])
    yield "dies_pie_congruence", pie(None, [pie_segment(vaddr=0x1010)])
    yield "dies_pie_filesz_past_end", pie(None, [pie_segment(filesz=0x100000, memsz=0x100000, offset=0x2000)])
    yield "dies_pie_entry_zero", pie({"entry": 0})
    yield "dies_pie_entry_unmapped", pie({"entry": 0x10000000})
    yield "dies_pie_entry_kernel", pie({"entry": 0xffff800000000000})
    yield "dies_pie_entry_wraps", pie({"entry": (1 << 64) - 0x1000})
    yield "dies_pie_no_load", pie(None, [pie_segment(type=4)])
    yield "dies_pie_not_executable", pie(None, [pie_segment(flags=4)])
    # what may be written may not be executed; Linux runs the first three
    yield "wx_segment", image(None, [segment(flags=7)])
    yield "wx_pie", pie({"phnum": 2}, [pie_segment(), pie_segment(flags=7, vaddr=0x3000, memsz=0x2000)])
    yield "wx_stack", image({"phnum": 2}, [segment(filesz=len(ON_STACK), memsz=len(ON_STACK)), STACK_SEGMENT], ON_STACK)
    name = b"/tests/bad/wx_segment\0"
    yield "wx_interp", image({"phnum": 2}, [segment(), segment(type=3, offset=0x1000 + len(CODE), filesz=len(name))],
                             CODE + name)
    # plain data
    yield "data", bytes((7 * i + i // 256) & 255 for i in range(10000))
    yield "empty", b""
    yield "one", b"1"
    yield "noexec", b"text without the right to execute"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: mkbad.py DIRECTORY")
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    for name, content in files():
        path = os.path.join(directory, name)
        with open(path, "wb") as f:
            f.write(content)
        os.chmod(path, 0o644 if name in ("data", "empty", "one", "noexec") else 0o755)


if __name__ == "__main__":
    main()
