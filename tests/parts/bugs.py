"""bug/NAME: the planted bugs of docs/bugs. Each patch must apply (in every run of the tests); with --soak it is built
in a copy of the tree, and what docs/debugging.md says that one sees must be seen.
"""
import re
import shutil

import debug
from common import ROOT, Failure, Single, expect, run, tail
from treecopy import copy_tree

BUGS = ROOT / "docs/bugs"
PAGE = ROOT / "docs/debugging.md"
INTERRUPT = "python import threading, os, signal; threading.Timer(15, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
HANG = f"tbreak sched_idle\ncontinue\nbh type echo hi | cat\n{INTERRUPT}continue\nbh ps\nbh queues\nbh log\n"
WRONG_CR3 = "tbreak sys_execve\ncontinue\nbh tlb\nbh bt\n"


def applies(name):
    patch = BUGS / f"{name}.patch"
    done = run(["patch", "-p1", "--dry-run", "--batch", "-i", patch], 30)
    if done.returncode != 0:
        raise Failure(f"{patch} does not apply\n{tail(done.stdout + done.stderr)}")
    if f"docs/bugs/{name}.patch" not in PAGE.read_text(encoding="utf-8"):
        raise Failure(f"docs/debugging.md does not say how to find {name}")


def planted(name):
    """A copy of the tree with the bug in its release kernel."""
    copy = copy_tree(ROOT, ROOT / "build/bugs" / name, ("bugs", "mutate", "howto", "test", "walls", "host"))
    expect("patch", run(["patch", "-p1", "--batch", "-i", BUGS / f"{name}.patch"], 30, cwd=copy).returncode, 0)
    made = run(["make", "build/release/kernel.elf32"], 300, cwd=copy)
    expect("make", made.returncode, 0, made.stdout + made.stderr)
    return copy


def symbols(kernel):
    said = run(["nm", kernel], 30).stdout.decode()
    return {name: int(address, 16) for address, name in re.findall(r"^(\w+) \w (\S+)$", said, re.M)}


def triple_fault(copy):
    done = run(["make", "run", "QEMU_EXTRA=-d int,cpu_reset -D build/qemu.log"], 60, cwd=copy)
    log = done.stdout.decode(errors="replace")
    expect("status of QEMU", done.returncode, 0, done.stdout)
    expect("lines of the kernel's log", len(re.findall(r"^\[ ", log, re.M)), 1, log.encode())
    said = (copy / "build/qemu.log").read_text(encoding="utf-8", errors="replace")
    kernel = symbols(copy / "build/release/kernel")
    found = re.findall(r"v=(0e|08) .*?\bCR0=\w+ CR2=(\w+)", said, re.S)
    expect("exceptions", [vector for vector, _ in found], ["0e", "08"])
    stack, gate = (int(address, 16) for _, address in found)
    if not kernel["boot_stack"] <= stack < kernel["boot_stack_top"]:
        raise Failure(f"expected the first CR2 in the boot stack, actual {stack:#x}")
    expect("the second CR2: the IDT's gate 14", hex(gate), hex(kernel["idt"] + 14 * 16))
    debug.expect_text("QEMU's log", said, "^Triple fault$")


def hang(copy):
    debug.require_gdb()
    said = debug.make_debug(copy, HANG)
    debug.expect_text("the hang", said, r"^ +\d+ +2 .* cat +bytes in pipe 1 \(read\)$", r"^(bulkhead# )?hi$",
                      r"^note: pipe 1: its write end is open, but no process has a descriptor for it$")


def wrong_cr3(copy):
    debug.require_gdb()
    debug.expect_text("the wrong CR3", debug.make_debug(copy, WRONG_CR3),
                      r"^note: CPU 0: WRONG CR3: it runs process 3 \(init\), whose own tables are at 0x\w+$")
    done = run(["tools/run", "--timeout=20", ROOT / "build/user/tests/t_fork_cow"], 60, cwd=copy)
    if done.returncode == 0:  # which way it goes wrong depends on what parent and child write over
        raise Failure(f"expected t_fork_cow to fail\n{tail(done.stdout)}")


FOUND = {"triple-fault": triple_fault, "hang": hang, "wrong-cr3": wrong_cr3}


def find(name):
    copy = planted(name)
    FOUND[name](copy)
    shutil.rmtree(copy)


def jobs():
    names = sorted({path.stem for path in BUGS.glob("*.patch")} | set(FOUND))
    return [Single(f"bug/{name}-applies", lambda name=name: applies(name)) for name in names]


def soak_jobs():
    return [Single(f"bug/{name}", lambda name=name: find(name), 3) for name in FOUND]
