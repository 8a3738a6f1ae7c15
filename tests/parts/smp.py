"""smp/NAME: the in-kernel suite and the programs on several processors; a CPU that hangs, a panic that shows all.

`make test` takes the programs in which several processes or threads meet; `make soak` takes all, and repeats both
suites and random system calls with 1, 2, 4 and 8 processors.
"""
import re

import fuzz
import ktest
import user
from common import ROOT, Failure, Single, tail, tools_run
from sanitize import panic_log

SOAK_RUNS = 20
FUZZ_CALLS = 20_000
MEETING = re.compile("audit|affinity|thread|futex|fork|exit|kill|wait|signal|stop|cow|fpu|mprotect|fail_nth|rusage")
FLUSHING = re.compile("fork|exec|cow|mmap|mprotect|mremap|madvise")


def kernel_suite(smp, **how):
    def check():
        results = ktest.on_configuration(smp=smp, **how)
        skipped = [name for name, (outcome, why) in results.items() if outcome == "skip" and "one CPU" in (why or "")]
        if skipped and smp > 1:
            raise Failure(f"{len(skipped)} tests saw one CPU only: {skipped[0]} ...")
    return check


def programs(smp, which=re.compile(""), *options):
    """The tests of user/ whose names match, in one boot, compared with Linux."""
    def check():
        names = [name for name in user.sources() if which.search(name)]
        linux = user.on_linux([name for name in names if not user.bulkhead_only(name)])
        done = user.on_bulkhead(names, f"--smp={smp}", *options)
        results, running = user.frames(done.stdout)
        wrong = []
        for name in names:
            try:
                if name not in results:
                    raise Failure(f"{name}: no result; {running} was running\n{tail(done.stderr)}")
                user.compare(name, linux.get(name), results[name])
            except Failure as failure:
                wrong.append(str(failure))
        if wrong:
            raise Failure(f"{len(wrong)} programs on {smp} processors\n" + "\n".join(wrong[:5]))
    return check


def few_pcids():
    """Three PCIDs, which run out all the time: the in-kernel suite, and programs that fork, exec and unmap."""
    words = ["pcids=3"]
    log, ended = ktest.boot([*words, "ktest"], smp=4)
    ktest.judge(log, ended)
    counted = re.search(rb"^# CR3 kept (\d+) flushed (\d+), .* wraps (\d+), shootdowns (\d+)", log, re.M)
    if not counted or min(map(int, counted.groups())) < 20:
        raise Failure(f"expected some of each, actual {counted and counted[0]}")
    programs(4, FLUSHING, f"--append={' '.join(words)}")()


def hung_cpu():
    """One CPU stops taking interrupts; its neighbour sees that, and all show where they are."""
    log = panic_log("hung-cpu", "test", words=["watchdog=2"], smp=2)
    for pattern in (r"PANIC: watchdog: cpu 1 takes no interrupts", r"cpu 1 was at:\n(.*\n)+?.*hang_here\+"):
        if not re.search(pattern, log):
            raise Failure(f"expected /{pattern}/\n{tail(log)}")


def panic_shows_all():
    log = panic_log("panic-on-another", "test", smp=4)
    at = [int(number) for number in re.findall(r"^cpu (\d) was at:", log, re.M)]
    if at != [0, 1, 2] or not re.search(r"^cpu 3 cr0", log, re.M):
        raise Failure(f"expected the panic of cpu 3 and then cpus 0, 1, 2, actual {at}\n{tail(log)}")


def succeeds(smp, name, *words, timeout=120):
    """The program tests/user/NAME.c ends with status 0."""
    def check():
        done = tools_run("--build=test", f"--smp={smp}", ROOT / "build/user/tests" / name, *words, timeout=timeout)
        if done.returncode != 0:
            raise Failure(f"tools/run --build test --smp {smp} {name} {' '.join(words)}: exit status "
                          f"{done.returncode}\n{tail(done.stdout + done.stderr)}")
    return check


def stress(smp, seconds, seed):
    """tests/user/stress.c: after all of it the kernel has what it had before."""
    return succeeds(smp, "stress", str(seconds), str(seed), timeout=4 * seconds + 120)


def fuzzed(smp, seed):
    def check():
        fuzz.checked(seed, FUZZ_CALLS, 0, smp=smp)
    return check


def jobs():
    return [Single("smp/ktest-2", kernel_suite(2), 4), Single("smp/ktest-4", kernel_suite(4), 4),
            Single("smp/pcids3-4", few_pcids, 4),
            Single("smp/bochs-2", kernel_suite(2, emulator="bochs", boot="grub"), 9),
            Single("smp/programs-4", programs(4, MEETING), 6),
            Single("smp/fuzz-4", fuzzed(4, 4), 4),
            Single("smp/stress-4", stress(4, 5, 1), 4), Single("smp/order-4", succeeds(4, "order"), 4),
            Single("smp/hung-cpu", hung_cpu), Single("smp/panic", panic_shows_all)]


def soak_jobs():
    each = [(smp, turn) for smp in (1, 2, 4, 8) for turn in range(SOAK_RUNS)]
    return ([Single("soak/stress-8", stress(8, 600, 2), 20)] +
            [Single(f"soak/ktest-{smp}-{turn}", kernel_suite(smp)) for smp, turn in each] +
            [Single(f"soak/programs-{smp}-{turn}", programs(smp)) for smp, turn in each] +
            [Single(f"soak/fuzz-{smp}-{turn}", fuzzed(smp, 100 + turn)) for smp, turn in each])
