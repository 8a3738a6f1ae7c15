"""hostfuzz/NAME: the kernel's parsers under libFuzzer and the sanitizers, on this machine (tests/hostfuzz/NAME.c).

A short run from the seeds, with the same random numbers each time. With --soak also NAME-long: 10 million inputs with
new random numbers, from what earlier runs found worth keeping (build/hostfuzz/corpus).
"""
import os
import re
import tempfile
import time

from common import ROOT, Failure, Job, Skip, run, tail

BUILT = ROOT / "build/hostfuzz"
SHORT, LONG = 100_000, 10_000_000
# Leak detection needs ptrace, which containers often forbid.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def fuzz(name, runs, corpus, *options):
    """libFuzzer's last figures, as a line."""
    program = BUILT / name
    if not program.exists():
        raise Skip("no clang with libFuzzer here; make setup installs it")
    found = BUILT / f"found-{name}-"
    done = run([program, f"-runs={runs}", "-max_len=2048", "-timeout=20", f"-artifact_prefix={found}", *options, corpus,
                BUILT / "seeds" / name], 3600, env=ENVIRONMENT)
    said = done.stderr.decode(errors="replace")
    last = re.search(r"#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)", said)
    if done.returncode != 0 or not last or int(last[1]) < runs:
        raise Failure(problem(program, done.returncode, said))
    return f"{int(last[1]):,} inputs, {last[2]} branches, {last[3]} features, {last[4]} inputs kept"


def problem(program, status, said):
    claim = re.search(r"^.*(?:does not hold: |ERROR: |runtime error: ).*$", said, re.M)
    kept = re.search(r"Test unit written to (\S+)", said)
    return "\n".join(filter(None, [
        f"tests/hostfuzz/{program.name}.c: exit status {status}", claim and f"  | {claim[0]}",
        kept and f"the input again: {program.relative_to(ROOT)} {os.path.relpath(kept[1], ROOT)}", tail(said)]))


class FuzzJob(Job):
    """One target, one run."""

    def __init__(self, name, long):
        self.target, self.long, self.weight = name, long, 20 if long else 4

    def names(self):
        return [f"hostfuzz/{self.target}-long" if self.long else f"hostfuzz/{self.target}"]

    def run(self, report, wanted):
        started = time.monotonic()
        if self.long:
            corpus = BUILT / "corpus" / self.target
            corpus.mkdir(parents=True, exist_ok=True)
            figures = fuzz(self.target, LONG, corpus)
        else:
            with tempfile.TemporaryDirectory(prefix="bulkhead-fuzz-") as corpus:
                figures = fuzz(self.target, SHORT, corpus, "-seed=1")
        report.add(self.names()[0], "ok", seconds=time.monotonic() - started, figures=figures)


def targets():
    return sorted(path.stem for path in (ROOT / "tests/hostfuzz").glob("*.c"))


def jobs():
    return [FuzzJob(name, False) for name in targets()]


def soak_jobs():
    return [FuzzJob(name, True) for name in targets()]
