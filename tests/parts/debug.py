"""debug/NAME: GDB on a running machine.

debug/gdb-BUILD: batch GDB (debug_script.py) stops tests/user/debug_target.c in a system call, in a page fault,
where all its children are in known states, in another program's main and in a panic. Backtraces must lead from the
kernel into ring 3, and what the commands of tools/gdb say must be what the kernel says of itself (bh_info, its panic
dump).
"""
import json
import os
import pathlib
import re
import shutil
import socket
import tempfile

import archive
import machine
from common import ROOT, Failure, Single, Skip, expect, run, tail

SECONDS = 120
RIGHTS = {0: "---", 1: "r--", 3: "rw-", 5: "r-x"}
MUSL_START = ["main", "libc_start_main_stage2", "_start"]


def require_gdb():
    if shutil.which("gdb") is None:
        raise Skip("gdb is not installed")
    if run(["gdb", "-nx", "-batch", "-ex", "python print(1)"], 60).stdout.strip() != b"1":
        raise Skip("this gdb was built without Python")
    if os.environ.get("ACCEL", "tcg") != "tcg":
        raise Skip("breakpoints in pages that are not there yet are TCG's")


def session(build):
    """What GDB answered to each step, and the machine's log."""
    target, hello = ROOT / "build/user/tests/debug_target", ROOT / "build/user/bin/hello"
    content = archive.build({"bin/init": target, "bin/debug_target": target, "bin/hello": hello})
    extra = ["-S", "-chardev", "socket,id=gdb,path=gdb.sock,server=on,wait=off", "-gdb", "chardev:gdb"]
    with machine.Machine(build, content, ["norandmaps"], extra=extra) as vm:
        vm.start()
        wait_for(vm, vm.directory / "gdb.sock")
        answers = vm.directory / "answers"
        done = run(["gdb", "-nx", "-q", "-batch", ROOT / f"build/{build}/kernel", "-x", ROOT / "tools/gdb/bulkhead.py",
                    "-x", ROOT / "tests/parts/debug_script.py"], SECONDS,
                   env={**os.environ, "BH_TARGET": str(vm.directory / "gdb.sock"), "BH_ANSWERS": str(answers)})
        if not answers.exists():
            raise Failure(f"GDB did not come to its end\n{tail(done.stdout + done.stderr)}\n{tail(vm.log)}")
        found = json.loads(answers.read_text(encoding="utf-8"))
        vm.wait(60)
        log = bytes(vm.log).decode(errors="replace").replace("\r", "")
    for title, text in found.items():
        if title.endswith("failed") or "Traceback" in text:
            raise Failure(f"{title}: {text}\n{tail(done.stderr)}\n{tail(log)}")
    return found, log


def wait_for(vm, path):
    """QEMU makes the socket before it starts; until then nobody listens."""
    for _ in range(1200):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(path))
                return
        except OSError:
            if vm.wait(0.05):
                raise Failure(f"QEMU ended: {vm.complaint()}") from None
    raise Failure("QEMU's GDB stub does not listen")


def functions(backtrace):
    """[(function or <trap>, the rest of the line)] of a backtrace."""
    return re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(<[^>]*>|\S+) (.*)$", backtrace, re.M)


def expect_chain(title, backtrace, *wanted):
    """These functions in this order, others between."""
    names = [name for name, _ in functions(backtrace)]
    rest = iter(names)
    missing = [name for name in wanted if not any(re.fullmatch(name, other) for other in rest)]
    if missing:
        raise Failure(f"{title}: expected {' < '.join(wanted)}; {missing[0]} is missing\n{tail(backtrace)}")
    expect(f"{title}: the outermost function", names[-1], wanted[-1].replace("\\", ""), backtrace)


def expect_text(title, text, *patterns):
    for pattern in patterns:
        if not re.search(pattern, text, re.M):
            raise Failure(f"{title}: expected /{pattern}/\n{tail(text)}")


def check_calls(found):
    expect_chain("break in a system call", found["call"], "sys_pipe2", "syscall_enter", "<system call pipe2>", "pipe2",
                 "make_pipe", *MUSL_START)
    expect_text("arguments of the user's function", found["call"], r"make_pipe \(.*number(=number@entry)?=524288\)")
    expect_text("O_CLOEXEC in the trap frame", found["call-flags"], "= 0x80000$")
    expect_chain("break in a page fault", found["fault"], "page_fault", "trap_enter",
                 "<page fault: page not present, write, ring 3>", "touch_page", *MUSL_START)
    expect("CR2", found["fault-address"].split()[-1], found["page"].split()[-1])
    expect_chain("at the first instruction of the entry", found["entry"], "<syscall_entry>", *MUSL_START)
    expect_chain("half-way through the pushes", found["entry-pushing"], "<syscall_entry>", *MUSL_START)
    expect_chain("another program's main", found["main"], *MUSL_START)


def told(log, kind):
    return [line.split() for line in re.findall(rf"^{kind} (.*)$", log, re.M)]


def check_kernels_own_word(found, log):
    listed = [line.split()[:9] for line in found["ps"].splitlines()[1:]]
    actual = [[*fields[:7], fields[8]] for fields in listed]
    expect("bh ps against bh_info: pid ppid pgid sid uid state pages name", actual, told(log, "process"))
    row = r"^([0-9a-f]{12})-([0-9a-f]{12}) (\S+) +\d+ pages +(\d+) present  \w+ +(\S+)$"
    rows = re.findall(row, found["vm 1"], re.M)
    actual = [[int(start, 16), int(end, 16), int(present), rights, name] for start, end, rights, present, name in rows]
    said = [[int(start, 16), int(end, 16), int(resident), RIGHTS[int(prot)], name]
            for start, end, resident, prot, name in told(log, "region")]
    expect("bh vm against bh_info: start end present rights name", actual, said)
    total, free = told(log, "memory")[0]
    expect_text("bh frames against bh_info", found["frames"], rf"^{total} frames, \d+ in use, {free} free$")
    physical = int(found["gva2gpa"].rpartition("gpa: ")[2], 16)
    sharers = sum(1 for fields in told(log, "process") if fields[5] != "Z")  # all forked after it was written
    expect_text("bh pte against QEMU's own walk", found["pte"], r"^  PT   \[.*\] 0x8\w+  P - U A D NX$",
                rf"^  physical {physical:#x}, frame .*: {sharers} references$")


def check_states(found):
    waits = {int(line.split()[0]): line.split(None, 9)[9] for line in found["ps"].splitlines()[1:]}
    wanted = {1: r"- \(runs on CPU 0\)", 2: r"bytes in pipe \d+ \(read\)", 3: r"room in pipe \d+ \(write\)",
              4: r"a message in /empty \(mq_timedreceive\)", 5: r"room in /full \(mq_timedsend\)", 6: "SIGCONT .*",
              7: r"its parent to wait \(status 0x300\)", 8: r"time [\d.]+ s \(nanosleep\)", 9: r"a child \(wait4\)",
              10: r"(the CPU|time .*)", 11: r"(the CPU|time .*)"}
    for pid, pattern in wanted.items():
        if not re.fullmatch(pattern, waits.get(pid, "")):
            raise Failure(f"bh ps: process {pid} waits for: expected {pattern}, actual {waits.get(pid)}\n"
                          + tail(found["ps"]))
    expect_text("bh queues", found["queues"], r"^queue /empty: 0 of 2 messages.*receivers wait: 4;",
                r"^queue /full: 2 of 2 messages.*senders wait: 5;",
                r"^    priority 9, 6 bytes, from pid 1\n    priority 7, 5 bytes, from pid 1$",
                r"^pipe \d+: 0 bytes in \d frames; readers wait: 2;",
                r"^pipe \d+: 65536 bytes in 16 frames.*writers wait: 3;")
    expect_text("bh locks", found["locks"], "^no lock is held$")
    expect_text("bh cpus", found["cpus"], r"^CPU 0: process 1 \(debug_target\), ring 3, rip 0x\w+ checkpoint$")
    expect_text("bh tlb", found["tlb"], r"^CPU 0: CR3 .* the space of process 1 \(debug_target\)$")
    if "WRONG" in found["tlb"]:
        raise Failure(f"bh tlb: expected CR3 to be right\n{tail(found['tlb'])}")
    expect_text("bh trace", found["trace 5"], r"call    bh_info\(0x2, \.\.\.\)")


def check_sleepers(found):
    call = lambda kernel, name, user: (kernel, "syscall_enter", f"<system call {name}>", user, *MUSL_START)
    expect_chain("bh bt", found["bt"], "checkpoint", *MUSL_START)
    expect_chain("bh bt 2", found["bt 2"], *call("pipe_read", "read", "read_empty"))
    expect_chain("bh bt 3", found["bt 3"], *call("pipe_write", "write", "write_full"))
    expect_chain("bh bt 4", found["bt 4"], *call("mq_receive", "mq_timedreceive", "receive"))
    expect_chain("bh bt 5", found["bt 5"], *call("mq_send", "mq_timedsend", "send_full"))
    expect_chain("bh bt 9", found["bt 9"], *call("process_wait", "wait4", "wait_for_grandchild"))
    preempted = next(pid for pid in (10, 11) if "<timer>" in found[f"bt {pid}"] or "spin" in found[f"bt {pid}"])
    expect_chain("bh bt of a process that was preempted", found[f"bt {preempted}"], "trap_before_user", "<timer>",
                 "spin", *MUSL_START)
    expect("registers after bh bt", found["after"], found["before"])


def check_errors(found):
    for title, pattern in {
            "early": "bh ps: the kernel's memory cannot be read: it has not started yet.*",
            "bt 7": "bh bt: process 7 has ended.*", "no process": "bh bt: no process or thread 99",
            "no number": "bh vm: No symbol .*", "not canonical": "bh pte: 0x800000000000 is not canonical.*",
            "too much": "bh pte: usage: .*"}.items():
        expect_text(title, found[title], f"^error: {pattern}$")
        expect(f"{title}: lines", found[title].count("\n"), 0, found[title])
    expect_text("a list that leads nowhere", found["list into nowhere"], "^    1 .*debug_target",
                "^note: processes: the list leads to 0x1234567800, which cannot be read$")
    expect_text("a list in a circle", found["list in a circle"], "^note: processes: .* points back to .*, not to ")
    expect_text("a CR3 that is not the process's", found["wrong space"], r"^note: CPU 0: WRONG CR3: it runs process 1 ")


def check_locks(found, build):
    taker = "" if build == "release" else r", taken at thread_end\+0x"
    expect_text("bh locks in group_check_orphaned", found["held"], rf"process, RANK_PROCESS \(0\){taker}")


def check_panic(found, log):
    """The dump on the serial port against GDB's own view."""
    if not (dump := re.search(r"^PANIC: process 1 ended, status 0x500\n(.*?)^end of panic", log, re.M | re.S)):
        raise Failure(f"expected the panic of process 1\n{tail(log)}")
    named = re.findall(r"^  #\d+ +[0-9a-f]{16} (\w+)\+0x[0-9a-f]+", dump[1], re.M)
    expect_chain("GDB's backtrace of the panic", found["panic"], *named[:-1], "<system call exit_group>", "exit",
                 "_start")
    expect("the dump's innermost function", named[0], "process_exit", dump[1])
    expect("the dump's outermost function", named[-1], "syscall_entry", dump[1])
    stack = "ffffc[0-9a-f]{11}"
    expect_text("registers in the dump", dump[1], rf"^rip [0-9a-f]{{16}} rsp {stack} rbp {stack} rflags",
                r"^r14 [0-9a-f]{16} r15 [0-9a-f]{16}$",
                r"^  from ring 3: rip 0000000000\w+ rsp 00007fff\w+, vector 0x100 rax 0xe7 rdi 0x5 ")


def gdb_session(build):
    require_gdb()
    found, log = session(build)
    check_calls(found)
    check_kernels_own_word(found, log)
    check_states(found)
    check_sleepers(found)
    check_errors(found)
    check_locks(found, build)
    check_panic(found, log)


MAKE_DEBUG = """tbreak sched_idle
continue
bh type hello
tbreak process_exit if $_streq($bh_name(), "hello")
continue
bh log 3
"""


def make_debug(root=ROOT, script=MAKE_DEBUG, *words):
    """What GDB says to a script of commands under `make debug`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        commands = pathlib.Path(directory, "commands")
        commands.write_text("set width 0\n" + script, encoding="utf-8")
        done = run(["make", "-C", root, "debug", f"GDB_PORT={port}", f"GDB_BATCH={commands}", *words], SECONDS)
    return (done.stdout + done.stderr).decode(errors="replace")


def debug_by_hand():
    require_gdb()
    expect_text("make debug, and hello typed at the prompt", make_debug(), r"^(bulkhead# )?hello$",
                r"Hello from ring 3\.$")


def jobs():
    sessions = [Single(f"debug/gdb-{build}", lambda build=build: gdb_session(build), 3)
                for build in ("release", "test", "walls")]
    return [Single("debug/make-debug", debug_by_hand, 2), *sessions]
