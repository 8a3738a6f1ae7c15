"""bh log, bh trace, bh type: what the kernel says, what it did, and keys for its terminal."""
import os
import pathlib

import gdb

from . import kernel as k
from . import waits
from .command import Trouble, command, want

KINDS = ("syscall", "fault", "switch", "process", "ipc")  # kernel/lib/trace.h
EVENTS = {1: "fork", 2: "exec", 3: "exit"}


def build_folder():
    name = gdb.current_progspace().filename
    if name is None:
        raise Trouble("the kernel's symbols are not loaded")
    return pathlib.Path(name).parent


@command("log", "bh log [LINES]",
         "the newest lines (40) that the serial port has shown, under `make debug`.", early=True)
def log(words):
    want(words, 0, 1, "bh log [LINES]")
    count = k.evaluate(words[0]) if words else 40
    path = build_folder() / "serial.log"
    if not path.exists():
        raise Trouble(f"{path} is not there: only `make debug` writes it")
    print("".join(path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-count:]))


@command("type", "bh type TEXT",
         "types TEXT and a newline at the machine's terminal, under `make debug`.", early=True)
def type_keys(words):
    path = build_folder() / "keys"
    if not path.is_fifo():
        raise Trouble(f"{path} is not there: only `make debug` makes it")
    keys = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.write(keys, (" ".join(words) + "\n").encode())
    os.close(keys)


def meaning(record):
    kind, a, b = KINDS[k.u64(record["kind"]) % len(KINDS)], k.u64(record["a"]), k.u64(record["b"])
    if kind == "syscall":
        return f"call    {waits.syscall_name(a)}({b:#x}, ...)"
    if kind == "fault":
        return f"fault   at {a:#x}: {fault_bits(b)}"
    if kind == "switch":
        return f"switch  from thread {a} to {b}"
    return f"process {a}: {EVENTS.get(b, b)}" if kind == "process" else f"{kind:7} {a:#x} {b:#x}"


def fault_bits(error):
    """SDM 3A 4.7."""
    words = ["page present" if error & 1 else "page not present", "write" if error & 2 else "read"]
    words += ["ring 3" if error & 4 else "ring 0"] + ["reserved bit"] * bool(error & 8) + ["fetch"] * bool(error & 16)
    return ", ".join(words)


@command("trace", "bh trace [N]", "the newest N (24) of the kernel's trace records, oldest first.")
def trace(words):
    want(words, 0, 1, "bh trace [N]")
    slots = gdb.parse_and_eval("trace_slots")
    size, end = slots.type.range()[1] + 1, int(gdb.parse_and_eval("trace_used"))
    count = min(k.evaluate(words[0]) if words else 24, end, size)
    for n in range(end - count, end):
        record = slots[n % size]
        print(f"{k.u64(record['ticks']):16} {meaning(record)}")
