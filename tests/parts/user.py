"""user/NAME: tests/user/t_NAME.c on Linux and on Bulkhead. Both must succeed and print the same.

One boot runs them all (tests/user/suite.c). A line `/* suite: bulkhead only */` in a source spares it Linux.
A program that cannot be tried on this Linux prints `1..0 # skip REASON` there and nothing else: it must still
succeed on Bulkhead, and counts as skipped.
"""
import contextlib
import difflib
import fcntl
import os
import pathlib
import re
import subprocess
import tempfile
import threading

from common import ROOT, Failure, Job, run, tail, tools_run

EACH_SECONDS = 90
ALL_SECONDS = 600
TESTS = ROOT / "build/user/tests"
SKIPPED = re.compile(rb"1\.\.0 # skip (.*)\n")
linux_lock, linux_results = threading.Lock(), {}
FRAME = re.compile(rb"@@ run (\w+)\n(?:@@ end \1 (\d+) (\d+)\n)?")


def sources():
    return {path.stem[2:]: path for path in sorted((ROOT / "tests/user").glob("t_*.c"))}


def bulkhead_only(name):
    return "/* suite: bulkhead only */" in sources()[name].read_text(encoding="utf-8")


def frames(output):
    """{name: (wait status, output)}, and the name of the one that was begun and not ended."""
    found, at = {}, 0
    while match := FRAME.search(output, at):
        name = match[1].decode()[2:]
        if match[2] is None:
            return found, name
        end = match.end() + int(match[3])
        found[name] = (int(match[2]), output[match.end():end])
        at = end
    return found, None


def seconds(names):
    """For all of these: a few that hang are not waited for as long as all that there are."""
    return min(ALL_SECONDS, 60 + EACH_SECONDS * len(names))


def suite_words(directory, names):
    return [str(EACH_SECONDS), str(directory), *(f"t_{name}" for name in names)]


@contextlib.contextmanager
def alone_on_linux():
    """The names of queues, the users and what they may have are the machine's: one suite at a time, in any tree."""
    with linux_lock, open(pathlib.Path(tempfile.gettempdir()) / f"bulkhead-suite-{os.getuid()}", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def on_linux(names):
    """{name: (wait status, output)}; each is run once, however many ask."""
    with alone_on_linux():
        if new := [name for name in names if name not in linux_results]:
            # In a session of its own: in a container the caller's may belong to the outside, and its number be 0.
            done = run([TESTS / "suite", *suite_words(TESTS, new)], seconds(new), start_new_session=True)
            linux_results.update(frames(done.stdout)[0])
    return {name: linux_results[name] for name in names if name in linux_results}


def on_bulkhead(names, *options):
    files = [TESTS / f"t_{name}" for name in names] + [*sorted(TESTS.glob("bad/*")), *sorted(TESTS.glob("lib/*"))]
    adding = [f"--file={path}=/tests/{path.relative_to(TESTS)}" for path in files]
    return tools_run("--build=test", *options, *adding, TESTS / "suite", *suite_words("/tests", names),
                     timeout=seconds(names))


def describe(status):
    return f"signal {status & 127}" if status & 127 else f"exit status {status >> 8}"


def compare(name, linux, bulkhead):
    source = f"tests/user/t_{name}.c"
    if linux is not None and linux[0] != 0:
        raise Failure(f"{source}: fails on Linux itself: {describe(linux[0])}\n{tail(linux[1])}")
    expected = linux[1] if linux is not None and not SKIPPED.fullmatch(linux[1]) else bulkhead[1]
    if bulkhead[0] == 0 and bulkhead[1] == expected:
        return
    lines = difflib.unified_diff(expected.decode(errors="replace").splitlines(),
                                 bulkhead[1].decode(errors="replace").splitlines(), "expected (Linux)",
                                 "actual (Bulkhead)", lineterm="", n=1)
    if expected == bulkhead[1]:
        lines = [line for line in expected.decode(errors="replace").splitlines() if line.startswith("not ok")]
    raise Failure(f"{source}: {describe(bulkhead[0])} on Bulkhead\n" + "\n".join(list(lines)[:60]))


class UserJob(Job):
    weight = 6

    def names(self):
        return [f"user/{name}" for name in sources()]

    def run(self, report, wanted):
        names = [name for name in sources() if f"user/{name}" in wanted]
        linux = on_linux([name for name in names if not bulkhead_only(name)])
        done = on_bulkhead(names)
        results, running = frames(done.stdout)
        for name in names:
            if name in results:
                self.judge(report, name, linux.get(name), results[name])
        for name in names:
            if name not in results:
                what = "was running when the machine stopped" if name == running else "was not reached"
                report.add(f"user/{name}", "FAIL", f"tests/user/t_{name}.c {what}: tools/run gave "
                           f"{done.returncode}\n{tail(done.stderr) if name == running or not running else ''}")

    @staticmethod
    def judge(report, name, linux, bulkhead):
        try:
            if linux is None and not bulkhead_only(name):
                raise Failure(f"tests/user/t_{name}.c: no result on Linux")
            compare(name, linux, bulkhead)
            skipped = linux and SKIPPED.fullmatch(linux[1])
            if skipped:
                report.add(f"user/{name}", "skip", f"on Linux: {skipped[1].decode()}; passes on Bulkhead")
            else:
                report.add(f"user/{name}", "ok")
        except Failure as failure:
            report.add(f"user/{name}", "FAIL", str(failure))


def host_case(program, *words):
    """host/NAME: kernel code under the sanitizers, on this machine."""
    def check():
        # Leak detection needs ptrace, which containers often forbid; the tests count for themselves.
        done = subprocess.run([program, *words], capture_output=True, timeout=1200, check=False, cwd=ROOT,
                              env={"ASAN_OPTIONS": "detect_leaks=0"})
        if done.returncode != 0:
            raise Failure(f"tests/host/{program.name}.c: exit status {done.returncode}\n"
                          f"{tail(done.stdout + done.stderr)}")
    return check
