"""bh locks: which locks are held. Test builds keep a list per CPU; elsewhere a lock tells only that it is taken."""
import re

import gdb

from . import kernel as k
from .command import command, want


def rank(value):
    return str(value).rpartition("::")[2]


def show_cpu(number):
    state = k.cpu(number)["locks"]
    depth = min(int(state["depth"]), state["held"].type.range()[1] + 1)
    for n in range(depth):
        lock = state["held"][n].dereference()
        print(f"CPU {number}: {k.text(lock['name'])}, {rank(lock['rank'])} ({int(lock['rank'])}), "
              f"taken at {k.symbol(k.u64(lock['owner_ip']))}, {queue_of(lock)} at {k.u64(lock.address):#x}")
    return depth


def queue_of(lock):
    """How many have drawn a ticket: the owner, and those behind it."""
    tickets = (int(lock["next"]) - int(lock["serving"])) & 0xFFFFFFFF
    return f"{tickets - 1} wait" if tickets > 1 else "nobody waits"


def global_locks():
    said = gdb.execute("info variables -q -t ^struct\\ spinlock$", to_string=True)
    file = None
    for line in said.splitlines():
        if match := re.match(r"File (\S+):$", line):
            file = match[1]
        elif match := re.match(r"\d+:\s.*\b(\w+);$", line):
            yield k.variable(file, match[1])
    for number in range(k.cpu_count()):
        yield gdb.parse_and_eval("runqs")[number]["lock"]


def show_globals(seen):
    count = 0
    for lock in global_locks():
        if int(lock["next"]) != int(lock["serving"]) and k.u64(lock.address) not in seen:
            count += 1
            print(f"held: {k.text(lock['name'])}, {rank(lock['rank'])} ({int(lock['rank'])}), {queue_of(lock)}")
    return count


def show_mutexes():
    count = 0
    for process in k.processes():
        if not k.u64(process["aspace"]):
            continue
        lock = process["aspace"]["lock"]
        if k.u64(lock["owner"]):
            count += 1
            waiters = list(k.entries(lock["waiters"], "struct mutex_waiter", "link", "mutex"))
            names = " ".join(str(int(w["thread"]["tid"])) for w in waiters) or "nobody"
            print(f"address space of {int(process['pid'])}: held by thread {int(lock['owner']['tid'])}; waits: {names}")
    return count


@command("locks", "bh locks", "the locks that are held: by CPU with rank and taker (test builds), and mutexes.")
def locks(words):
    want(words, 0, 0, "bh locks")
    count, seen = 0, set()
    for number in range(k.cpu_count()):
        state = k.cpu(number)["locks"]
        seen |= {k.u64(state["held"][n]) for n in range(min(int(state["depth"]), 12))}
        count += show_cpu(number)
    count += show_globals(seen) + show_mutexes()
    if not count:
        print("no lock is held")
