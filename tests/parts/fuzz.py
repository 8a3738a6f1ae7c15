"""fuzz/NAME: random system calls (tests/fuzz), one boot each; tests/fuzz/run is the same by hand.

The same seed gives the same run, call by call: the machine counts instructions (QEMU's -icount), its CPU has no
source of randomness, and nothing reaches it from outside.
"""
import struct
import time

import archive
import channel
import machine
from common import ROOT, Failure, Single, tail, tools_run

SMOKE_CALLS, SMOKE_LEAST = 30_000, 5
REPEAT_CALLS = 6_000
SILENCE = 120  # seconds; the program kills what hangs long before
SOAK_SEEDS, SOAK_CALLS, SOAK_LEAST = (1, 2, 3), 667_000, 334  # 2 million calls, each row 1,000 times
CPU = "max,erms=off,fsrm=off,rdrand=off,rdseed=off"
FRAMES_EXTRA = 1  # the verdict itself


class Outcome:
    def __init__(self):
        self.report, self.statuses, self.problem, self.log, self.seconds = b"", [], "", b"", 0.0

    @property
    def ok(self):
        return not self.problem


def build_archive(seed, calls, least):
    files = {f"bin/{path.name}": path for path in sorted((ROOT / "build/user/bin").iterdir())}
    files["bin/init"] = ROOT / "build/fuzz/fuzz"
    files["etc/motd"] = ROOT / "user/etc/motd"
    files["etc/fuzz"] = f"{seed} {calls} {least}\n".encode()
    return archive.build(files)


def listen(vm, outcome):
    line = channel.Channel(vm.socket)
    vm.socket.settimeout(SILENCE)
    if not line.wait_ready():
        outcome.problem = "the machine ended before the run channel was ready"
        return
    while (frame := line.receive()) is not None:
        kind, payload = frame
        if kind == "CHANNEL_OUTPUT":
            outcome.report += payload
        elif kind == "CHANNEL_STATUS":
            outcome.statuses.append(struct.unpack("<I", payload)[0])
        elif kind == "CHANNEL_PANIC":
            outcome.problem = f"kernel panic: {payload.decode(errors='replace')}"
            vm.wait(10)
            return


def fuzz(seed, calls, least, build="test", mem=256, words=(), echo=None, icount=True, smp=1):
    """One boot. The same seed is the same run if time is counted in instructions, which needs a single processor."""
    outcome = Outcome()
    started = time.monotonic()
    content = build_archive(seed, calls, least)
    words = ["channel", "stdin=archive", "terminals=7", *words]
    with machine.Machine(build, content, words, mem=mem, cpu=CPU, smp=smp, channel=True,
                         icount=icount and smp == 1, echo=echo) as vm:
        vm.start()
        try:
            listen(vm, outcome)
        except (channel.Broken, TimeoutError) as error:
            outcome.problem = str(error) or 'nothing was heard for a long time'
        outcome.log = bytes(vm.log)
    outcome.seconds = time.monotonic() - started
    judge(outcome)
    return outcome


def judge(outcome):
    told = outcome.report.decode(errors="replace").splitlines()
    reported = [int(row.split()[1]) for row in told if row.startswith("bh_report ")]
    if outcome.problem:
        return
    if not reported or not outcome.statuses:
        outcome.problem = "the machine ended without a report"
    elif outcome.statuses[-1] != 0:
        outcome.problem = next((row for row in told if row.startswith("leak")), told[-1])
    elif len(outcome.statuses) != reported[0] + FRAMES_EXTRA:
        outcome.problem = f"{reported[0]} statuses were sent, {len(outcome.statuses) - FRAMES_EXTRA} have come"


def rerun(seed, calls):
    return f"tests/fuzz/run --seed {seed} --calls {calls}"


def checked(seed, calls, least, **how):
    outcome = fuzz(seed, calls, least, **how)
    if not outcome.ok:
        raise Failure(f"{outcome.problem}\nagain, call by call: {rerun(seed, calls)}\n"
                      f"{tail(outcome.report, 5)}\n{tail(outcome.log)}")
    return outcome


def repeat():
    """What `again` promises."""
    first, second = (checked(7, REPEAT_CALLS, 0) for _ in range(2))
    if first.report != second.report or first.statuses != second.statuses:
        raise Failure(f"the same seed, and another run\n{tail(first.report)}\n{tail(second.report)}")


def crashme(seed, children, seconds):
    """Random bytes as programs: nobody else's memory changes, here or there."""
    words = ["--build=walls", "--append=walls=-w-xor-x", ROOT / "build/fuzz/crashme", str(seed), str(children)]
    done = tools_run(*words, timeout=seconds)
    if done.returncode != 0 or b"memory is what it was" not in done.stdout:
        raise Failure(f"tools/run {' '.join(map(str, words))}: exit status {done.returncode}\n"
                      f"{tail(done.stdout + done.stderr)}")


def jobs():
    return [Single("fuzz/smoke", lambda: checked(1, SMOKE_CALLS, SMOKE_LEAST), 4), Single("fuzz/repeat", repeat, 2),
            Single("fuzz/crashme", lambda: crashme(1, 400, 120), 2)]


def stress(seconds):
    """Processes with threads that end in all ways: tests/user/t_thread_stress.c, for longer."""
    command = [ROOT / "build/user/tests/t_thread_stress", str(seconds)]
    done = tools_run("--build=test", *command, timeout=10 * seconds)
    if done.returncode != 0:
        raise Failure(f"tools/run --build test {' '.join(map(str, command))}: exit status {done.returncode}\n"
                      f"{tail(done.stdout + done.stderr)}")


def soak_jobs():
    return [Single(f"fuzz/seed{seed}", lambda seed=seed: checked(seed, SOAK_CALLS, SOAK_LEAST), 20)
            for seed in SOAK_SEEDS] + [Single("fuzz/crashme-long", lambda: crashme(2, 50_000, 3600), 15),
                                  Single("soak/threads", lambda: stress(600), 20)]
