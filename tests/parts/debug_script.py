"""What tests/parts/debug.py has GDB do: runs inside GDB's Python, and writes what came of each step as JSON.

The environment names the machine's socket (BH_TARGET) and the file for the answers (BH_ANSWERS).
"""
import json
import os

import gdb

answers = {}


def ask(title, text):
    try:
        answers[title] = gdb.execute(text, to_string=True)
    except gdb.error as error:
        answers[title] = f"error: {error}"


def go(*commands):
    for text in commands:
        gdb.execute(text, to_string=True)


def damaged(title, text, where, value):
    """The answer while a word of the kernel's memory is something else."""
    before = int(gdb.parse_and_eval(f"*(unsigned long *)&({where})"))
    go(f"set var *(unsigned long *)&({where}) = {value}")
    ask(title, text)
    go(f"set var *(unsigned long *)&({where}) = {before}")


def in_calls():
    go("bh user debug_target", "tbreak sys_pipe2", "continue")
    ask("call", "backtrace")
    ask("call-flags", "print/x f->rsi")
    go("tbreak touch_page", "continue")
    ask("page", "print/x page")
    go("tbreak page_fault", "continue")
    ask("fault", "backtrace")
    ask("fault-address", "print/x $cr2")
    go("tbreak *syscall_entry", "continue")
    ask("entry", "backtrace")
    go("stepi 14")
    ask("entry-pushing", "backtrace")


def at_checkpoint():
    go("tbreak checkpoint", "continue")
    for name in ("ps", "vm 1", "queues", "locks", "cpus", "tlb", "frames", "trace 5", "bt"):
        ask(name, f"bh {name}")
    ask("pte", "bh pte page")
    ask("gva2gpa", "eval \"monitor gva2gpa 0x%lx\", page")
    ask("before", "info all-registers")
    for pid in range(2, 12):
        ask(f"bt {pid}", f"bh bt {pid}")
    ask("after", "info all-registers")
    ask("pte of another", "bh pte page 2")
    ask("no process", "bh bt 99")
    ask("no number", "bh vm x")
    ask("not canonical", "bh pte 0x800000000000")
    ask("too much", "bh pte 1 2 3")
    second = "'sched/process.c'::all.next->next"
    damaged("list into nowhere", "bh ps", f"{second}->next", 0x1234567800)
    damaged("list in a circle", "bh ps", f"{second}->next", int(gdb.parse_and_eval(second)))
    link = int(gdb.parse_and_eval(second)) - int(gdb.parse_and_eval("(long)&((struct process *)0)->all_link"))
    other = int(gdb.parse_and_eval(f"(unsigned long)((struct process *){link})->aspace"))
    damaged("wrong space", "bh tlb", "cpus[0].current->process->aspace", other)


def in_another_program():
    go("bh user hello", "tbreak main if $_streq($bh_name(), \"hello\")", "continue")
    ask("main", "backtrace")
    ask("main-ps", "bh ps")
    go("tbreak group_check_orphaned", "continue")
    ask("held", "bh locks")


def in_panic():
    go("tbreak arch_stop", "continue", "bh user debug_target")
    ask("panic", "backtrace")


def main():
    go(f"target remote {os.environ['BH_TARGET']}")
    ask("early", "bh ps")
    for step in (in_calls, at_checkpoint, in_another_program, in_panic):
        try:
            step()
        except gdb.error as error:
            answers[f"{step.__name__} failed"] = str(error)
            break
    with open(os.environ["BH_ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(answers, file)
    gdb.execute("kill", to_string=True)


gdb.execute("set pagination off")
gdb.execute("set confirm off")
gdb.execute("set width 0")
gdb.execute("set python print-stack full")
main()
