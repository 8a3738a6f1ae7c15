"""Open files, found through the handle tables: pipes have no list of their own."""
import dataclasses

import gdb

from . import kernel as k

RESERVED = 1  # ipc/handle.c: a number that is taken and not yet filled


def handles(process):
    """(number, struct file, rights) of each open handle."""
    if not k.u64(process["handles"]):
        return
    table = process["handles"].dereference()
    groups = table["groups"]
    size = 1024 // (groups.type.range()[1] + 1)
    for fd in range(min(max(int(table["end"]), 0), 1024)):
        group = groups[fd // size]
        if not k.u64(group):
            continue
        handle = group[fd % size]
        if k.u64(handle["file"]) > RESERVED:
            yield fd, handle["file"].dereference(), int(handle["rights"])


@dataclasses.dataclass
class Object:
    """A pipe or a queue, and who has it open: [(pid, fd, is it to write)]."""
    value: gdb.Value
    holders: list


def opened(ops, type_name):
    """The objects of all open files with these operations, by address."""
    wanted, found = k.u64(ops.address), {}
    for process in k.processes():
        try:
            for fd, file, rights in handles(process):
                if k.u64(file["ops"]) == wanted:
                    address = k.u64(file["object"])
                    found.setdefault(address, Object(k.at(type_name, address), []))
                    found[address].holders.append((int(process["pid"]), fd, bool(rights & 2)))
        except gdb.MemoryError:
            k.note(f"the handle table of process {int(process['pid'])} cannot be read")
    return found


def open_pipes():
    found = opened(k.variable("ipc/pipe.c", "pipe_ops"), "struct pipe").values()
    return sorted(found, key=lambda pipe: int(pipe.value["ino"]))


def message_queues():
    """Those with a name, and those that only open files still hold."""
    found = opened(k.variable("ipc/mqueue.c", "mq_ops"), "struct mqueue")
    for queue in k.entries(k.variable("ipc/mqueue.c", "names"), "struct mqueue", "name_link", "queue names"):
        found.setdefault(k.u64(queue.address), Object(queue, []))
    return sorted(found.values(), key=lambda queue: int(queue.value["ino"]))
