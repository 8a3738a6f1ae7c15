"""bh ps: every process, as the program ps shows it, and what it waits for."""
import gdb

from . import kernel as k
from . import waits
from .command import command, want

NEW, READY, RUNNING, SLEEPING, DEAD = range(5)  # sched/thread.h


def state(process):
    """The letter of kernel/sys_info.c."""
    if process["zombie"]:
        return "Z"
    if process["stopped"]:
        return "T"
    return "S" if int(process["thread"]["state"]) == SLEEPING else "R"


def reason(process, sleepers):
    if process["zombie"]:
        return f"its parent to wait (status {int(process['wait_status']):#x})"
    thread = process["thread"].dereference()
    thread_state = int(thread["state"])
    if thread_state == RUNNING:
        return f"- (runs on CPU {int(thread['cpu'])})"
    if thread_state != SLEEPING:
        return "the CPU"
    what = "SIGCONT" if process["stopped"] else sleepers.get(k.u64(thread.address))
    call = waits.call_name(thread)
    return f"{what or 'something in ' + waits.place(thread)}" + (f" ({call})" if call else "")


def line(process, sleepers):
    parent = process["parent"]
    pages = k.u64(process["aspace"]["resident"]) if k.u64(process["aspace"]) else 0
    thread = process["thread"]
    own = process["own"]
    cpu_ns = k.u64(thread["cpu_ns"]) if k.u64(thread) else k.u64(own["user_ns"]) + k.u64(own["system_ns"])
    numbers = (process["pid"], parent["pid"] if k.u64(parent) else 0, process["pgid"], process["sid"],
               process["cred"]["user"]["real"])
    return (" ".join(f"{int(number):5}" for number in numbers)
            + f" {state(process)} {pages:6} {cpu_ns / 1e9:9.3f} {k.text(process['name']):15} "
            + reason(process, sleepers))


@command("ps", "bh ps", "all processes: ids, state, resident pages, seconds of CPU, name, what each waits for.")
def ps(words):
    want(words, 0, 0, "bh ps")
    print("  PID  PPID  PGID   SID   UID S  PAGES      TIME NAME            WAITS FOR")
    sleepers = waits.by_thread()
    for process in k.processes():
        try:
            print(line(process, sleepers))
        except gdb.MemoryError as error:
            k.note(f"process {int(process['pid'])}: {error}")
