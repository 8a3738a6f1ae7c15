"""GDB commands for Bulkhead, loaded by `make debug`.

    pt-walk ADDRESS [CR3]   each level of the page tables for a virtual address, and what the entry permits
    bh-threads              the thread that runs on each CPU
    bh-log                  the newest of the kernel's log
"""
import gdb

PRESENT, WRITE, USER, LARGE, GLOBAL, NX = 1, 1 << 1, 1 << 2, 1 << 7, 1 << 8, 1 << 63
FRAME = 0x000FFFFFFFFFF000
DIRECT_BASE = 0xFFFF800000000000  # kernel/lib/layout.h
LEVELS = (("PML4", 39), ("PDPT", 30), ("PD", 21), ("PT", 12))


def number(text):
    return int(gdb.parse_and_eval(text)) & 0xFFFFFFFFFFFFFFFF


def read_u64(physical):
    """Through QEMU's monitor, so that it works with whatever tables are loaded."""
    text = gdb.execute(f"monitor xp /1gx {physical:#x}", to_string=True)
    return int(text.rpartition(":")[2].strip(), 16)


def rights(entry):
    return "".join([
        "u" if entry & USER else "-", "r", "w" if entry & WRITE else "-", "-" if entry & NX else "x",
        " global" if entry & GLOBAL else ""])


class PtWalk(gdb.Command):
    """pt-walk ADDRESS [CR3]: the page-table entries for a virtual address."""

    def __init__(self):
        super().__init__("pt-walk", gdb.COMMAND_DATA)

    def invoke(self, argument, _from_tty):
        words = gdb.string_to_argv(argument)
        if not words:
            raise gdb.GdbError("pt-walk ADDRESS [CR3]")
        address = number(words[0])
        table = number(words[1] if len(words) > 1 else "$cr3") & FRAME
        for name, shift in LEVELS:
            index = address >> shift & 511
            entry = read_u64(table + 8 * index)
            print(f"{name:4} [{index:3}] {entry:#018x} {rights(entry) if entry & PRESENT else 'not present'}")
            if not entry & PRESENT:
                return
            if name == "PT" or (entry & LARGE and name in ("PDPT", "PD")):
                offset = address & ((1 << shift) - 1)
                base = entry & FRAME & ~((1 << shift) - 1)
                print(f"     physical {base + offset:#x}")
                return
            table = entry & FRAME


class Threads(gdb.Command):
    """bh-threads: the thread that runs on this CPU, as the per-CPU record has it."""

    def __init__(self):
        super().__init__("bh-threads", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            print(f"CPU {thread.num - 1}: rip {number('$rip'):#x} cs {number('$cs'):#x} "
                  f"ring {number('$cs') & 3} cr3 {number('$cr3'):#x}")
            gdb.execute("backtrace 6")


class Log(gdb.Command):
    """bh-log: what the serial port has shown so far."""

    def __init__(self):
        super().__init__("bh-log", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        name = gdb.current_progspace().filename
        with open(name.rpartition("/")[0] + "/serial.log", encoding="utf-8", errors="replace") as file:
            print("".join(file.readlines()[-40:]))


PtWalk()
Threads()
Log()
