"""What backtraces need beyond the kernel's CFI (kernel/x86/entry.S): C libraries without any, and names for traps.

Where a function has no debugging information, its instructions from the beginning to the place in question are
read, and pushes counted: good for musl, whose functions have one straight beginning.
"""
import contextlib
import re

import gdb
from gdb.FrameDecorator import FrameDecorator
from gdb.unwinder import Unwinder

from . import kernel as k
from . import waits
from .log import fault_bits

USER_TOP = 0x7FFFFFFFF000  # kernel/lib/layout.h
CODE_MAX = 4096
SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")
EXCEPTIONS = {0: "divide error", 1: "debug trap", 2: "NMI", 3: "breakpoint", 6: "invalid opcode", 8: "double fault",
              13: "general protection", 14: "page fault", 0x20: "timer", 0x21: "COM1", 0x22: "COM2"}


def start_of(address):
    """Where the function begins that an address lies in; None: unknown."""
    said = gdb.execute(f"info symbol {address:#x}", to_string=True)
    match = re.match(r"\S+(?: \+ (\d+))? in section", said)
    return address - int(match[1] or 0) if match else None


def disassemble(start, end):
    """From the program's file: its page need not be there yet."""
    with gdb.with_parameter("trust-readonly-sections", True):
        return gdb.selected_inferior().architecture().disassemble(start, end - 1) if end > start else []


def pushed(start, address):
    """(bytes on the stack at `address`, {register: its place in them}), by what runs before it. What follows an
    unconditional jump or a return has the depth of who jumps there; or else that of before the last pops."""
    depth, body, places, targets = 0, 0, {}, {}
    for line in disassemble(start, address):
        depth = targets.get(line["addr"], depth)
        code = line["asm"].replace("%", "").replace("$", "")
        if match := re.match(r"push[q]?\s+(\w+)", code):
            body = depth = depth + 8
            places.setdefault(match[1], depth)
        elif re.match(r"pop[q]?\s", code):
            depth -= 8
        elif match := re.match(r"(sub|add)q?\s+(?:0x([0-9a-f]+),rsp|rsp,0x([0-9a-f]+))$", code):
            count = int(match[2] or match[3], 16)
            depth += count if match[1] == "sub" else -count
            body = depth if match[1] == "sub" else body
        elif match := re.match(r"(j\w+|ret)q?\s*(?:0x([0-9a-f]+))?", code):
            if match[2]:
                targets.setdefault(int(match[2], 16), depth)
            if match[1] in ("ret", "jmp"):
                depth = body
    depth = targets.get(address, depth)
    return depth, {name: place for name, place in places.items() if name in SAVED and place <= depth}


def behind_call(address):
    """A return address may lie outside its function: where the call never returns, it may be the last."""
    if address < 5:
        return False
    with contextlib.suppress(gdb.error):
        return disassemble(address - 5, address)[0]["asm"].startswith("call")
    return False


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class CountPushes(Unwinder):
    def __init__(self):
        super().__init__("bulkhead ring 3 without CFI")

    def __call__(self, pending):
        address = k.u64(pending.read_register("rip"))
        if address >= USER_TOP:
            return None
        inside = address - 1 if behind_call(address) else address
        if gdb.find_pc_line(inside).symtab is not None:
            return None
        start = start_of(inside)
        if start is None or address - start > CODE_MAX:
            return None
        try:
            return self.unwind(pending, start, address)
        except (gdb.error, RuntimeError):
            return None

    @staticmethod
    def unwind(pending, start, address):
        word = gdb.lookup_type("unsigned long")
        stack = k.u64(pending.read_register("rsp"))
        depth, places = pushed(start, address)
        end = stack + depth
        info = pending.create_unwind_info(FrameId(gdb.Value(end + 8).cast(word), gdb.Value(start).cast(word)))
        load = lambda place: gdb.Value(place).cast(word.pointer()).dereference()
        info.add_saved_register("rip", load(end))
        info.add_saved_register("rsp", gdb.Value(end + 8).cast(word))
        for name in SAVED:
            value = load(end - places[name]) if name in places else pending.read_register(name)
            info.add_saved_register(name, value)
        return info


def name_without_symbols(address):
    name = k.function(address - 1 if behind_call(address) else address)
    return "??" if name.startswith("0x") else name


class TrapName(FrameDecorator):
    """A trap frame by what brought the CPU into the kernel."""

    def function(self):
        frame = self.inferior_frame()
        if frame.type() != gdb.SIGTRAMP_FRAME:
            return frame.name() or name_without_symbols(k.u64(frame.pc()))
        where = k.function(k.u64(frame.pc()))
        try:
            return describe(k.at("struct trapframe", k.u64(frame.read_register("rsp"))), where)
        except gdb.error:
            return f"<{where}>"


def describe(trap, where):
    vector = k.u64(trap["vector"])
    if where == "syscall_entry" and vector == waits.TRAP_SYSCALL:
        return f"<system call {waits.syscall_name(k.u64(trap['rax']) & 0xFFFFFFFF)}>"
    if vector > 0xFF or not k.u64(trap["cs"]) in (k.CODE_KERNEL, k.CODE_USER):
        return f"<{where}>"  # on the way in or out: the frame is not whole
    name = EXCEPTIONS.get(vector, f"vector {vector}")
    return f"<{name}: {fault_bits(k.u64(trap['error']))}>" if vector == 14 else f"<{name}>"


class NameTraps:
    """A frame filter: what `backtrace` passes its frames through."""

    def __init__(self):
        self.name, self.priority, self.enabled = "bulkhead traps", 100, True
        gdb.frame_filters[self.name] = self

    @staticmethod
    def filter(frames):
        """Nobody called _start: what is behind it on the stack are the program's arguments. And where no symbols are
        known (bh user), neither is the caller."""
        for frame in frames:
            yield TrapName(frame)
            inner = frame.inferior_frame()
            here = k.u64(inner.pc())
            if inner.name() == "_start" or (here < USER_TOP and start_of(here) is start_of(here - 1) is None):
                return


gdb.execute("set backtrace past-main on")  # to the C library's beginning
gdb.unwinder.register_unwinder(None, CountPushes(), replace=True)
NameTraps()
