"""Symbols of ring-3 programs: bh user, $bh_name(), $bh_pid().

Programs lie at the same addresses, so one at a time has its symbols loaded; build/user/debug holds the files.
"""
import contextlib
import pathlib
import struct

import gdb

from . import kernel as k
from .command import Trouble, command, want
from .log import build_folder
from .memory import region_name, regions

ET_DYN = 3
PIE_BASE = 0x555555554000  # kernel/lib/layout.h
loaded = None  # (path, offset)


def find(name):
    folder = build_folder().parent / "user/debug"
    for place in ("bin", "tests"):
        if (path := folder / place / name).is_file():
            return path
    return None


def quiet(text):
    return gdb.execute(f"with confirm off -- {text}", to_string=True)


def unload():
    global loaded
    if loaded:
        try:
            quiet(f"remove-symbol-file {loaded[0]}")
        except gdb.error:  # somebody else has
            pass
    loaded = None


def load(path, offset=0):
    global loaded
    if loaded == (path, offset):
        return
    unload()
    quiet(f"add-symbol-file {path}" + (f" -o {offset:#x}" if offset else ""))
    loaded = (path, offset)


def offset_of(path, process):
    """Where a position-independent program was put: its lowest region of that name; or where it will be."""
    with open(path, "rb") as file:
        kind = struct.unpack_from("<H", file.read(64), 16)[0]
    if kind != ET_DYN:
        return 0
    if process is None or not k.u64(process["aspace"]):
        return PIE_BASE
    last = k.text(process["name"])
    mine = [k.u64(r["start"]) for r in regions(process["aspace"].dereference()) if region_name(r).endswith("/" + last)]
    return min(mine, default=PIE_BASE)


def load_for(process):
    """The symbols of the program that a process runs. False where there is no such file."""
    path = find(pathlib.PurePath(k.text(process["path"])).name)
    if path is None:
        return False
    load(path, offset_of(path, process))
    return True


@contextlib.contextmanager
def symbols_of(process):
    """For a while; breakpoints on the program from before come back with its symbols."""
    before = loaded
    try:
        yield load_for(process)
    finally:
        if before and before != loaded:
            load(*before)


@command("user", "bh user PROGRAM|PID",
         "loads the symbols of a ring-3 program (one at a time); `bh user` unloads.", early=True)
def user(words):
    want(words, 0, 1, "bh user PROGRAM|PID")
    if not words:
        unload()
    elif words[0].isdigit():
        process = k.process(int(words[0]))
        if not load_for(process):
            raise Trouble(f"build/user/debug has no {k.text(process['path'])}")
    elif (path := find(words[0])) is not None:
        load(path, offset_of(path, None))
    else:
        raise Trouble(f"build/user/debug has no program {words[0]}")


class Name(gdb.Function):
    """$bh_name(): the name of the program that this CPU runs. break main if $_streq($bh_name(), "hello")"""

    def __init__(self):
        super().__init__("bh_name")

    def invoke(self):
        process = k.current_process()
        return k.text(process["name"]) if process is not None else ""


class Pid(gdb.Function):
    """$bh_pid(): the number of the process that this CPU runs; 0: none. break sys_read if $bh_pid() == 3"""

    def __init__(self):
        super().__init__("bh_pid")

    def invoke(self):
        process = k.current_process()
        return int(process["pid"]) if process is not None else 0


Name()
Pid()
