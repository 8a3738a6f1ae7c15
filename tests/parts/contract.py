"""run/NAME: what tools/run promises, and what the build does."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from common import ROOT, Failure, Single, Skip, expect, run, tail, tools_run

CONTRACT = ROOT / "build/user/tests/contract"
HELLO = ROOT / "build/user/bin/hello"
BINARY = bytes((i * i + (i >> 8) * 7) & 255 for i in range(100 * 1024))


def status(expected, *words, **how):
    done = tools_run(CONTRACT, *words, **how)
    expect("exit status", done.returncode, expected, done.stderr)
    return done


def hello():
    done = tools_run(HELLO)
    expect("standard output", done.stdout, run([HELLO], 60).stdout, done.stderr)
    expect("exit status", done.returncode, 0)
    expect("standard error", done.stderr, b"")


def arguments():
    words = ["arguments", "", "two words", "--verbose", "-v", "--", "$HOME", "\u00e9", "\x01\x7f"]
    expected = "".join(f"{n}={word}\n" for n, word in enumerate(["/run/contract", *words]))
    expect("argv", status(0, *words).stdout, expected.encode())


def environment():
    done = tools_run("--env", "COLOUR=blue", "--env=EMPTY=", CONTRACT, "environment")
    expect("environ", done.stdout, b"PATH=/bin\nHOME=/\nCOLOUR=blue\nEMPTY=\n", done.stderr)


def binary_stdin():
    expect("100 KiB there and back", status(0, "cat", stdin=BINARY).stdout, BINARY)


def big_output():
    """The reader is slower than the program: nothing is lost, the program waits."""
    command = [ROOT / "tools/run", "--timeout=120", CONTRACT, "cat"]
    with tempfile.TemporaryFile() as source:
        source.write(BINARY * 2)
        source.seek(0)
        with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE) as process:
            time.sleep(3)
            data = process.stdout.read()
    expect("200 KiB through a slow reader", data, BINARY * 2)


def icount():
    first = tools_run("--icount", CONTRACT, "cat", stdin=BINARY)
    expect("100 KiB of preloaded input", first.stdout, BINARY, first.stderr)
    expect("exit status", first.returncode, 0)


def shares():
    """Time is exact when instructions are counted, so here it may be asserted."""
    done = tools_run("--icount", ROOT / "build/user/tests/shares")
    expect("shares within 2 % of ideal", done.returncode, 0, done.stdout + done.stderr)


def streams():
    done = status(0, "both")
    expect("standard output", done.stdout, b"to output\n")
    expect("standard error", done.stderr, b"to error\n")


def terminals():
    done = status(0, "terminals")
    expect("no terminal on pipes", done.stderr, b"000 0x0\n")
    inner = f"stty rows 33 cols 101; '{ROOT}/tools/run' --timeout=120 '{CONTRACT}' terminals"
    done = run(["script", "-qec", inner, "/dev/null"], 150)
    if b"111 33x101" not in done.stdout:
        raise Failure(f"expected '111 33x101' on a terminal\n{tail(done.stdout)}")


def added_files():
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "some data.bin")
        path.write_bytes(BINARY)
        one = tools_run("--file", path, CONTRACT, "file", "/some data.bin")
        two = tools_run("--file", f"{path}=/data/inner", CONTRACT, "file", "data/inner")
    expect("--file HOSTFILE", one.stdout, BINARY, one.stderr)
    expect("--file HOSTFILE=NAME", two.stdout, BINARY, two.stderr)


def timeout():
    for what in ("sleep", "spin"):
        start = time.monotonic()
        done = tools_run("--timeout=4", CONTRACT, what)
        expect("exit status", done.returncode, 124, done.stderr)
        expect("lines on standard error", done.stderr.count(b"\n"), 1, done.stderr)
        if time.monotonic() - start > 60:
            raise Failure("--timeout=4 took more than 60 s")


def one_line(expected_status, *words):
    done = tools_run(*words)
    expect(f"status of {words}", done.returncode, expected_status, done.stderr)
    expect(f"output of {words}", done.stdout, b"")
    if done.stderr.count(b"\n") != 1 or not done.stderr.startswith(b"tools/run: "):
        raise Failure(f"{words}: expected one line 'tools/run: ...'\n{tail(done.stderr)}")


def wrong_options():
    one_line(2, "--bogus", HELLO)
    one_line(2, "--mem=lots", HELLO)
    one_line(2, "--smp=0", HELLO)
    one_line(2, "--boot=floppy", HELLO)
    one_line(2, "--build=debug", HELLO)
    one_line(2, "--emulator=bochs", "--boot=uefi", HELLO)
    one_line(2, "--file=/nowhere", HELLO)
    one_line(2, "--env=NOVALUE", HELLO)
    one_line(2, "--smp=1")


def wrong_programs():
    with tempfile.TemporaryDirectory() as directory:
        one_line(126, pathlib.Path(directory, "missing"))
        one_line(126, pathlib.Path(directory))
        bad = {"empty": b"", "text": b"hello\n", "cut": HELLO.read_bytes()[:40],
               "arm": HELLO.read_bytes()[:18] + b"\xb7\0" + HELLO.read_bytes()[20:]}
        for name, content in bad.items():
            path = pathlib.Path(directory, name)
            path.write_bytes(content)
            one_line(126, path)


def writable_text():
    """A program with a segment that is writable and executable does not run, and the log says why."""
    done = tools_run("-v", ROOT / "build/user/tests/bad/wx_segment")
    expect("exit status", done.returncode, 126, done.stderr)
    if b"exec run/wx_segment: a segment is both writable and executable" not in done.stderr:
        raise Failure(f"expected a line in the log\n{tail(done.stderr)}")


def host_programs():
    """This machine's own programs, dynamically linked as they are: their libraries come along."""
    for command in (["/bin/echo", "hello"], ["/usr/bin/expr", "6", "*", "7"], ["/usr/bin/seq", "3"]):
        if not os.path.exists(command[0]):
            raise Skip(f"no {command[0]} on this machine")
        done = tools_run(*command)
        expect(" ".join(command), done.stdout, run(command, 10).stdout, done.stderr)
        expect("exit status", done.returncode, 0, done.stderr)


def places():
    """Two boots differ, --icount repeats itself, and norandmaps takes chance away."""
    def told(*options):
        return tools_run(*options, ROOT / "build/user/tests/t_aslr", "show").stdout
    first, counted, fixed = told(), told("--icount"), told("--append=norandmaps")
    if first == told():
        raise Failure(f"two boots have the same places:\n{tail(first)}")
    expect("places with --icount, again", told("--icount"), counted)
    expect("places with norandmaps, again", told("--append=norandmaps"), fixed)
    if not fixed.startswith(b"program 0x5555555"):
        raise Failure(f"norandmaps: a program elsewhere than at PIE_BASE:\n{tail(fixed)}")


def no_process_left():
    """Killed in any way, tools/run takes the emulator with it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen([ROOT / "tools/run", CONTRACT, "sleep"], stdin=subprocess.DEVNULL)
        child = wait_for_child(process.pid)
        process.send_signal(number)
        process.wait(60)
        deadline = time.monotonic() + 60
        while os.path.exists(f"/proc/{child}") and not zombie(child):
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                raise Failure(f"after {number.name} the emulator was still there")
            time.sleep(0.05)


def wait_for_child(pid):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = run(["ps", "-o", "pid=,comm=", "--ppid", pid], 60).stdout.decode().split("\n")
        for line in found:
            if "qemu" in line:
                return int(line.split()[0])
        time.sleep(0.05)
    raise Failure("tools/run did not start QEMU within 60 s")


def zombie(pid):
    try:
        return open(f"/proc/{pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def parallel():
    """Two at the same time, from another folder, do not meet."""
    with tempfile.TemporaryDirectory() as directory:
        runs = [subprocess.Popen([ROOT / "tools/run", "--timeout=100", CONTRACT, "arguments", str(n)], cwd=directory,
                                 stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) for n in range(2)]
        for n, process in enumerate(runs):
            output = process.communicate(timeout=150)[0]
            expect("output", output, f"0=/run/contract\n1=arguments\n2={n}\n".encode())


def other_folder():
    """From a copy of the tree under another name, blanks and all."""
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory, "an other, clone")
        shutil.copytree(ROOT / "tools", copy / "tools")
        shutil.copytree(ROOT / "kernel/abi", copy / "kernel/abi")
        for part in ("release/kernel", "release/kernel.elf32", "user/bin"):
            target = copy / "build" / part
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if part == "user/bin" else shutil.copy)(ROOT / "build" / part, target)
        done = run([copy / "tools/run", "--timeout=100", HELLO], 130, cwd="/")
    expect("exit status", done.returncode, 0, done.stderr)
    expect("standard output", done.stdout, run([HELLO], 60).stdout)


def rebuilds():
    """A header that is touched makes its users be built again, and nothing else."""
    idle = run(["make", "-n", "build/test/kernel"], 60).stdout.decode()
    if " -c " in idle:
        raise Failure(f"expected nothing to do, actual:\n{tail(idle)}")
    again = run(["make", "-n", "-W", "kernel/lib/wall.h", "build/test/kernel"], 60).stdout.decode()
    if "-c -o build/test/obj/kernel/lib/wall.c.o" not in again:
        raise Failure(f"kernel/lib/wall.h touched: expected wall.c to be compiled, actual:\n{tail(again)}")
    if "build/test/obj/kernel/lib/string.c.o kernel/lib/string.c" in again:
        raise Failure("kernel/lib/wall.h touched: string.c is compiled, though it does not include it")


def clang():
    if shutil.which("clang") is None:
        raise Skip("clang is not installed")
    done = run(["make", "-n", "-B", "V=1", "CC=clang", "build/test/kernel.pass1"], 60)
    lines = done.stdout.decode().splitlines()
    commands = [line.split() for line in lines if line.startswith("clang") and " -c " in line]
    if not commands:
        raise Failure(f"no commands\n{tail(done.stderr)}")
    for words in commands:
        at = words.index("-MMD")
        words = [word for n, word in enumerate(words) if not at <= n < words.index("-c")]
        words[words.index("-o") + 1] = "/dev/null"
        result = run([*words, "-Werror"], 60)
        expect(" ".join(words[-1:]) + " with clang", result.returncode, 0, result.stderr)


USERS = """id
su 1000 id
su 1000 sh -c 'id; kill 1; poweroff; reboot; su 0 id; ps; pmap 1'
su 1000 env -i su 1001 id
su x
su 4294967295 id
su 1000 /nonesuch; echo $?
"""

USERS_SEEN = """uid=0 gid=0 groups=0
uid=1000 gid=1000 groups=1000
uid=1000 gid=1000 groups=1000
  PID  PPID  PGID S  PAGES      TIME NAME
N N N S N T sh
N N N R N T ps
127
"""

USERS_REFUSED = """sh: kill: 1: Operation not permitted
poweroff: Operation not permitted
reboot: Operation not permitted
su: cannot become user 0: Operation not permitted
pmap: 1: No such process
su: cannot become user 1001: Operation not permitted
su: usage: su UID [PROGRAM [ARG...]], UID a number
su: usage: su UID [PROGRAM [ARG...]], UID a number
su: /nonesuch: No such file or directory
"""


def users():
    """After su a shell is refused what is root's, and sees its own processes only."""
    done = tools_run(ROOT / "build/user/bin/sh", stdin=USERS.encode())
    row = rb"^ *\d+ +\d+ +\d+ ([RS]) +\d+ +\d+:[\d.]+ (\w+)$"
    seen = re.sub(row, rb"N N N \1 N T \2", done.stdout, flags=re.M)
    seen = seen.replace(b"R N T sh", b"S N T sh")  # it may not have gone to sleep yet
    expect("standard output", seen, USERS_SEEN.encode(), done.stderr)
    expect("standard error", done.stderr, USERS_REFUSED.encode())


def tlbstat():
    """What a program cost the TLBs, behind its output, with its status."""
    done = tools_run("--build=test", ROOT / "build/user/bin/tlbstat", "/bin/sh", "-c", "echo hi | cat; exit 7")
    expect("status", done.returncode, 7, done.stderr)
    said = dict(re.findall(rb"^(\S+) +(\d+)$", done.stdout, re.M))
    some = len(said) == 6 and int(said[b"cr3-flushed"]) and int(said[b"invlpg"])
    if not done.stdout.startswith(b"hi\n") or not some:
        raise Failure(f"expected hi and six counters, some above 0\n{tail(done.stdout + done.stderr)}")


def jobs():
    cases = {
        "hello": hello, "arguments": arguments, "environment": environment, "binary-stdin": binary_stdin,
        "big-output": big_output, "icount": icount, "shares": shares, "streams": streams, "terminals": terminals,
        "files": added_files, "timeout": timeout, "wrong-options": wrong_options,
        "wrong-programs": wrong_programs, "writable-text": writable_text, "host-programs": host_programs,
        "places": places,
        "no-process-left": no_process_left, "parallel": parallel,
        "other-folder": other_folder, "users": users, "tlbstat": tlbstat,
        "exit-status": lambda: status(7, "exit", "7"),
        "exit-255": lambda: status(255, "exit", "255"),
        "null-dereference": lambda: status(139, "null"),
        "kill-9": lambda: status(137, "kill", "9"),
        "abort": lambda: status(134, "abort"),
        "empty-stdin": lambda: expect("output", status(0, "cat").stdout, b""),
    }
    return [Single(f"run/{name}", check, 2) for name, check in cases.items()] + [
        Single("build/rebuilds", rebuilds), Single("build/clang", clang, 3)]
