"""Who sleeps, and for what: each place where the kernel keeps sleepers is looked at once."""
import gdb

from . import kernel as k
from .files import message_queues, open_pipes

CORE = ("sched/switch.c", "sched/waitq.c", "sched/mutex.c")  # the sleeping itself, not the reason
TRAP_SYSCALL = 0x100


def sleepers(queue, what):
    """The threads on a struct waitq."""
    for waiter in k.entries(queue["waiters"], "struct waiter", "link", what):
        yield k.u64(waiter["thread"])


def by_thread():
    """{address of a struct thread: what it waits for}"""
    found = {}

    def add(queue, what):
        for thread in sleepers(queue, what):
            found[thread] = what

    add_timeouts(found)
    for p in k.processes():
        add(p["child_exit"], "a child")
        add(p["alone"], "its other threads to end")
        if k.u64(p["vfork"]):
            add(p["vfork"]["done"], "its vfork's child")
        if k.u64(p["aspace"]):
            add_futexes(p["aspace"]["futexes"], add)
            lock = p["aspace"]["lock"]
            what = f"the address space of {int(p['pid'])}"
            for waiter in k.entries(lock["waiters"], "struct mutex_waiter", "link", what):
                found[k.u64(waiter["thread"])] = what
    for pipe in open_pipes():
        number = int(pipe.value["ino"])
        add(pipe.value["readers"], f"bytes in pipe {number}")
        add(pipe.value["writers"], f"room in pipe {number}")
        add(pipe.value["turns"], f"its turn at pipe {number}")
    for queue in message_queues():
        name = k.text(queue.value["name"])
        for member, what in (("receivers", f"a message in /{name}"), ("senders", f"room in /{name}")):
            for waiter in k.entries(queue.value[member], "struct mq_waiter", "link", what):
                add(waiter["sleep"], what)
    terminal = k.variable("ipc/console.c", "terminal")
    if k.u64(terminal["readers"]["waiters"]["next"]):  # not on the run channel
        add(terminal["readers"], "the terminal")
    return found


def add_futexes(futexes, add):
    lists = futexes["lists"]
    for number in range(lists.type.range()[1] + 1):
        for waiter in k.entries(lists[number], "struct futex_waiter", "link", "futexes"):
            add(waiter["sleep"], f"a futex at {k.u64(waiter['address']):#x}")


def add_timeouts(found):
    timers = k.variable("sched/timer.c", "timers")
    for cpu in range(k.cpu_count()):
        for timeout in k.entries(timers[cpu]["timeouts"], "struct timeout", "link", f"time-outs of CPU {cpu}"):
            if k.function(k.u64(timeout["fire"])) == "sleep_over":
                sleep = k.container(k.u64(timeout.address), "struct sleep_timeout", "timeout")
                found[k.u64(sleep["thread"])] = f"time {k.u64(timeout['deadline']) / 1e9:.3f} s"


def call_chain(thread):
    """The return addresses on the kernel stack of a thread that does not run, by its frame pointers."""
    top = k.u64(thread["stack_top"])
    context = k.at("struct context", k.u64(thread["saved_rsp"]))
    base, chain = k.u64(context["rbp"]), [k.u64(context["rip"])]
    while top - k.KSTACK_SIZE <= base < top - 16 and base % 8 == 0 and len(chain) < 40:
        frame = gdb.Value(base).cast(gdb.lookup_type("unsigned long").pointer())
        base, back = k.u64(frame[0]), k.u64(frame[1])
        if not back:
            break
        chain.append(back)
    return chain


def place(thread):
    """The function that went to sleep."""
    for address in call_chain(thread):
        table = gdb.find_pc_line(address - 1).symtab
        if table is not None and table.filename not in CORE:
            return k.function(address - 1)
    return "?"


def call_name(thread):
    """The system call that a user thread is in; None where something else brought it into the kernel."""
    frame = k.at("struct trapframe", k.u64(thread["stack_top"]) - gdb.lookup_type("struct trapframe").sizeof)
    if k.u64(frame["vector"]) != TRAP_SYSCALL:
        return None
    return syscall_name(k.u64(frame["rax"]) & 0xFFFFFFFF)


def syscall_name(number):
    names = k.variable("kernel/syscall.c", "names")
    if number <= names.type.range()[1] and k.u64(names[number]):
        return k.text(names[number])
    own = {1024: "bh_info", 1025: "bh_report"}  # kernel/abi/bulkhead.h
    return own.get(number, str(number))
