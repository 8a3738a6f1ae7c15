"""bh ps: every process, as the program ps shows it, and what each of its threads waits for."""
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
    return "S" if all(int(thread["state"]) == SLEEPING for thread in k.threads(process)) else "R"


def reason(process, thread, sleepers):
    thread_state = int(thread["state"])
    if thread_state == RUNNING:
        return f"- (runs on CPU {int(thread['cpu'])})"
    if thread_state != SLEEPING:
        return "the CPU"
    what = "SIGCONT" if thread["parked"] else sleepers.get(k.u64(thread.address))
    call = waits.call_name(thread)
    return f"{what or 'something in ' + waits.place(thread)}" + (f" ({call})" if call else "")


def cpu_seconds(process, threads):
    return (k.u64(process["ended"]["cpu_ns"]) + sum(k.u64(thread["cpu_ns"]) for thread in threads)) / 1e9


def lines(process, sleepers):
    parent = process["parent"]
    pages = k.u64(process["aspace"]["resident"]) if k.u64(process["aspace"]) else 0
    threads = list(k.threads(process))
    numbers = (process["pid"], parent["pid"] if k.u64(parent) else 0, process["pgid"], process["sid"],
               process["cred"]["user"]["real"])
    head = (" ".join(f"{int(number):5}" for number in numbers)
            + f" {state(process)} {pages:6} {cpu_seconds(process, threads):9.3f} {k.text(process['name']):15} ")
    if not threads:
        yield head + f"its parent to wait (status {int(process['wait_status']):#x})"
    elif len(threads) == 1:
        yield head + reason(process, threads[0], sleepers)
    else:
        yield head + f"{len(threads)} threads:"
        for thread in threads:
            yield f"{int(thread['tid']):5} {'':{len(head) - 7}} " + reason(process, thread, sleepers)


@command("ps", "bh ps", "all processes: ids, state, resident pages, seconds of CPU, name, what each waits for.")
def ps(words):
    want(words, 0, 0, "bh ps")
    print("  PID  PPID  PGID   SID   UID S  PAGES      TIME NAME            WAITS FOR")
    sleepers = waits.by_thread()
    for process in k.processes():
        try:
            for line in lines(process, sleepers):
                print(line)
        except gdb.MemoryError as error:
            k.note(f"process {int(process['pid'])}: {error}")
