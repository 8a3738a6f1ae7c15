"""The kernel's memory, read with care: variables, structures, lists. A list that does not end or leads nowhere
costs a note and not the command; every walk is bounded.
"""
import gdb

from .command import Trouble, note

ITEMS_MAX = 5000
NAME_MAX = 256
MASK = (1 << 64) - 1
PAGE = 4096
DIRECT_BASE = 0xFFFF800000000000  # kernel/lib/layout.h
KSTACK_SIZE = 16384
CODE_KERNEL, CODE_USER = 0x08, 0x23


def u64(value):
    return int(value) & MASK


def evaluate(text):
    """A number that the user has typed: any expression of GDB's."""
    return u64(gdb.parse_and_eval(text))


def variable(file, name):
    """A variable of the file kernel/..., static or not."""
    try:
        return gdb.parse_and_eval(f"'{file}'::{name}")
    except gdb.error:
        raise Trouble(f"no variable {name} of {file}: are the kernel's symbols loaded?") from None


def at(type_name, address):
    return gdb.Value(address).cast(gdb.lookup_type(type_name).pointer()).dereference()


def member_offset(type_name, member):
    for field in gdb.lookup_type(type_name).fields():
        if field.name == member:
            return field.bitpos // 8
    raise Trouble(f"{type_name} has no member {member}")


def container(address, type_name, member):
    return at(type_name, address - member_offset(type_name, member))


def text(value, limit=NAME_MAX):
    """A C string; of an array or of a pointer."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and not u64(value):
        return "?"
    try:
        return value.string(encoding="utf-8", errors="replace", length=-1)[:limit]
    except gdb.error:
        note(f"a name at {value.address} cannot be read")
        return "?"


def entries(head, type_name, member, what):
    """The structures on a list (kernel/lib/list.h), up to where it is damaged."""
    start = u64(head.address)
    here, before = start, start
    for _ in range(ITEMS_MAX):
        try:
            link = at("struct list", here)
            back, here = u64(link["prev"]) if here != start else before, u64(link["next"])
            if back != before:
                note(f"{what}: the list's link at {u64(link.address):#x} points back to {back:#x}, not to {before:#x}")
                return
            before = u64(link.address)
            if here == start:
                return
            u64(at("struct list", here)["next"])
            found = container(here, type_name, member)
        except gdb.MemoryError:
            note(f"{what}: the list leads to {here:#x}, which cannot be read")
            return
        yield found
    note(f"{what}: more than {ITEMS_MAX} on the list; it may run in a circle")


def tree(root, type_name, member, what):
    """The structures of a tree (kernel/lib/tree.h) in order, up to where it is damaged."""
    above, here = [], u64(root["root"])
    for _ in range(ITEMS_MAX):
        try:
            while here:
                above.append(here)
                here, parent = u64(at("struct tree_node", here)["child"][0]), here
                if here and u64(at("struct tree_node", here)["parent"]) != parent:
                    note(f"{what}: the node at {here:#x} does not point back to {parent:#x}")
                    return
            if not above:
                return
            node = above.pop()
            found = container(node, type_name, member)
            here = u64(at("struct tree_node", node)["child"][1])
        except gdb.MemoryError:
            note(f"{what}: the tree leads to {here:#x}, which cannot be read")
            return
        yield found
    note(f"{what}: more than {ITEMS_MAX} in the tree; it may run in a circle")


def symbol(address):
    """NAME+0xOFFSET of code or data, or the bare number."""
    said = gdb.execute(f"info symbol {address:#x}", to_string=True)
    if said.startswith("No symbol"):
        return f"{address:#x}"
    name, _, rest = said.partition(" in section")[0].partition(" + ")
    return f"{name}+{int(rest):#x}" if rest else name


def function(address):
    return symbol(address).partition("+")[0]


def cpu_count():
    count = u64(gdb.parse_and_eval("cpu_count"))
    return min(count, gdb.parse_and_eval("cpus").type.range()[1] + 1)


def cpu(number):
    return gdb.parse_and_eval("cpus")[number]


def selected_cpu():
    """The CPU whose thread GDB has selected: QEMU's numbers start at 1."""
    thread = gdb.selected_thread()
    if thread is None:
        raise Trouble("GDB is not connected to a machine")
    return thread.num - 1


def register(name):
    return u64(gdb.newest_frame().read_register(name))


def current_process():
    """Of the selected CPU, or None."""
    thread = cpu(selected_cpu())["current"]
    return thread["process"].dereference() if u64(thread) and u64(thread["process"]) else None


def processes():
    yield from entries(variable("sched/process.c", "all"), "struct process", "all_link", "processes")


def process(pid):
    for found in processes():
        if int(found["pid"]) == pid:
            return found
    raise Trouble(f"no process {pid}")


def threads(process):
    """The leader first, unless it has ended."""
    yield from entries(process["threads"], "struct thread", "group_link", f"threads of {int(process['pid'])}")


def thread_of(words, usage):
    """(process, thread) of a PID or TID that was typed, or what runs here; the thread is None where none is left."""
    if not words and (found := current_process()) is not None:
        return found, cpu(selected_cpu())["current"].dereference()
    if not words:
        raise Trouble(f"no process runs on this CPU now; {usage}")
    number = evaluate(words[0])
    for found in processes():
        mine = list(threads(found))
        for thread in mine:
            if int(thread["tid"]) == number:
                return found, thread
        if int(found["pid"]) == number:
            return found, mine[0] if mine else None
    raise Trouble(f"no process or thread {number}")


def process_of(words, usage):
    """Of a PID that was typed, or the one that runs here."""
    if words:
        return process(evaluate(words[0]))
    found = current_process()
    if found is None:
        raise Trouble(f"no process runs on this CPU now; {usage}")
    return found


def frame_record(physical):
    """(references, note) of a page frame; None where the kernel keeps no record."""
    if physical // PAGE >= u64(variable("mm/frame.c", "frame_limit")):
        return None
    record = (variable("mm/frame.c", "frames") + physical // PAGE).dereference()
    return int(record["refs"]), int(record["note"])
