"""bh bt: the backtrace of any process. One that does not run has its registers on its kernel stack: GDB gets them,
CR3 included, for as long as the backtrace takes, and the CPU's own ones back afterwards.
"""
import contextlib
import re

import gdb

from . import kernel as k
from . import user
from .command import Trouble, command, want
from .processes import DEAD, RUNNING

WORDS = ("rip", "rsp", "rbp", "rbx", "r12", "r13", "r14", "r15", "cr3")


def try_each(*commands):
    """The first that this version of GDB knows."""
    for text in commands:
        with contextlib.suppress(gdb.error):
            gdb.execute(text, to_string=True)
            return


def set_cr3(value):
    """By a packet of the remote protocol: its type in QEMU's description is one that GDB does not assign to."""
    listed = gdb.execute("maintenance print remote-registers", to_string=True)
    match = re.search(r"^\s*cr3\s.*?(\d+)\s+\d+\s*$", listed, re.M)
    if not match:
        raise Trouble("the target does not say which register CR3 is; QEMU does")
    said = gdb.execute(f"maintenance packet P{int(match[1]):x}={value.to_bytes(8, 'little').hex()}", to_string=True)
    if '"OK"' not in said:
        raise Trouble(f"the target does not set CR3: {said.strip()}")
    try_each("maintenance flush register-cache", "maintenance flush-regs", "flushregs")
    try_each("maintenance flush dcache")


def set_registers(values):
    gdb.newest_frame().select()
    for name, value in values.items():
        if name == "cr3":
            set_cr3(value)
        else:
            gdb.execute(f"set ${name} = {value:#x}", to_string=True)


@contextlib.contextmanager
def borrowed(values):
    before = {name: k.register(name) for name in values}
    try:
        set_registers(values)
        yield
    finally:
        set_registers(before)


def saved_registers(thread):
    """Where the thread goes on: in its last switch, or in ring 3 if it has not run yet."""
    saved = k.u64(thread["saved_rsp"])
    context = k.at("struct context", saved)
    values = {name: k.u64(context[name]) for name in WORDS if name not in ("rsp", "cr3")}
    values["rsp"] = saved + context.type.sizeof
    if k.function(values["rip"]) == "context_start":
        frame = k.at("struct trapframe", values["rsp"])
        values = {name: k.u64(frame[name]) for name in WORDS if name != "cr3"}
    # The thread's, not the process's: that is what it would run on.
    space = thread["aspace"]
    if k.u64(space):
        values["cr3"] = k.u64(space["root"]["v"])
    return values


def on_cpu(number):
    return next(thread for thread in gdb.selected_inferior().threads() if thread.num - 1 == number)


@command("bt", "bh bt [PID|TID [OPTIONS]]",
         "the backtrace of a process's first thread or of any thread, whether it runs or not, down into ring 3.")
def bt(words):
    want(words, 0, 4, "bh bt [PID|TID [OPTIONS OF backtrace]]")
    process, thread = k.thread_of(words, "bh bt PID")
    if thread is None or int(thread["state"]) == DEAD:
        raise Trouble(f"process {int(process['pid'])} has ended: it has no thread any more")
    options = " ".join(words[1:])
    selected = gdb.selected_thread()
    with user.symbols_of(process) as known:
        if not known:
            k.note(f"no symbols for {k.text(process['path'])}: build/user/debug has no such program")
        try:
            if int(thread["state"]) == RUNNING:
                on_cpu(int(thread["cpu"])).switch()
                gdb.execute(f"backtrace {options}")
            else:
                with borrowed(saved_registers(thread)):
                    gdb.execute(f"backtrace {options}")
        finally:
            selected.switch()
