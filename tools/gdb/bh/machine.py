"""bh cpus, bh tlb: what each CPU runs, and whether CR3 is what the kernel thinks it is."""
import gdb

from . import kernel as k
from .command import command, want
from .tables import FRAME

PCID_BITS = 12  # mm/tlb.c


def owner(space):
    """Whose address space: '2 (sh)'."""
    for process in k.processes():
        if k.u64(process["aspace"]) == space:
            return f"{int(process['pid'])} ({k.text(process['name'])})"
    return f"no process: struct aspace at {space:#x}"


def on_each_cpu():
    """Selects the GDB thread of each CPU in turn, and at the end the one from before."""
    selected = gdb.selected_thread()
    try:
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
            thread.switch()
            yield thread.num - 1
    finally:
        selected.switch()


@command("cpus", "bh cpus", "what each CPU runs: thread, ring, instruction.")
def cpus(words):
    want(words, 0, 0, "bh cpus")
    for number in on_each_cpu():
        thread = k.cpu(number)["current"]
        who = "no thread yet"
        if k.u64(thread):
            process = thread["process"]
            who = f"process {int(process['pid'])} ({k.text(process['name'])})" if k.u64(process) else (
                "the idle thread" if k.u64(thread) == k.u64(k.cpu(number)["idle"])
                else f"kernel thread {int(thread['tid'])}")
        ring = k.register("cs") & 3
        print(f"CPU {number}: {who}, ring {ring}, rip {k.register('rip'):#x} {k.symbol(k.register('rip'))}")


def show_loaded(number):
    cr3, space = k.register("cr3"), k.u64(k.cpu(number)["aspace"])
    root = k.u64(k.cpu(number)["aspace"]["root"]["v"]) if space else k.u64(k.variable("mm/tlb.c", "kernel_root")["v"])
    print(f"CPU {number}: CR3 {cr3:#x}: tables at {cr3 & FRAME:#x}, PCID {cr3 & 0xfff}; the kernel says: "
          + (f"the space of process {owner(space)}" if space else "its own tables"))
    if cr3 & FRAME != root:
        k.note(f"CPU {number}: WRONG CR3: those tables are at {root:#x}")
    thread = k.cpu(number)["current"]
    if not k.u64(thread) or not k.u64(thread["process"]):
        return
    process = thread["process"]
    mine = k.u64(process["aspace"])
    if mine and space != mine:
        k.note(f"CPU {number}: WRONG CR3: it runs process {int(process['pid'])} ({k.text(process['name'])}), whose "
               f"own tables are at {k.u64(process['aspace']['root']['v']):#x}")


@command("tlb", "bh tlb", "CR3 of each CPU against what the kernel thinks, and the PCID slots of each space.")
def tlb(words):
    want(words, 0, 0, "bh tlb")
    for number in on_each_cpu():
        show_loaded(number)
    pool = k.variable("mm/tlb.c", "pool")
    for process in k.processes():
        if not k.u64(process["aspace"]):
            continue
        space = process["aspace"].dereference()
        slots = []
        for number in range(k.cpu_count()):
            slot = k.u64(space["tlb"]["slots"][number])
            valid = slot >> PCID_BITS == k.u64(pool[number]["generation"])
            slots.append(f"PCID {slot & 0xfff}" if valid else "none valid")
        print(f"process {int(process['pid'])}: tables at {k.u64(space['root']['v']):#x}, slots: {', '.join(slots)}")
