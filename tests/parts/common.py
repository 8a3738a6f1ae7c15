"""What the parts of the runner share: cases and their outcomes, the report, running a command in bounds."""
import fnmatch
import os
import pathlib
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
TAIL_LINES = 25


class Failure(Exception):
    """A case failed; the text says what was expected and what came."""


class Skip(Exception):
    """A case cannot run here; the text says why."""


def selected(name, patterns):
    """A pattern is a part of the name, or a shell pattern for all of it."""
    return not patterns or any(pattern in name or fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def tail(text, lines=TAIL_LINES):
    """The last lines; of a panic, those from the panic on."""
    if isinstance(text, (bytes, bytearray)):
        text = text.decode(errors="replace")
    every = text.replace("\r", "").splitlines()
    panic = next((n for n, line in enumerate(every) if line.startswith("PANIC: ")), None)
    some = every[-lines:] if panic is None else every[panic:panic + 2 * lines]
    return "\n".join(f"  | {line.rstrip()[:180]}" for line in some)


class Report:
    """Counts outcomes and prints a line for each; called from several threads."""

    def __init__(self, total):
        self.total, self.done = total, 0
        self.outcomes, self.failures = {}, {}
        self.lock = threading.Lock()

    def add(self, name, outcome, detail="", seconds=0.0, figures=""):
        with self.lock:
            if name in self.outcomes:
                return
            self.outcomes[name] = outcome
            self.done += 1
            time = f"  ({seconds:.0f} s)" if seconds >= 2 else ""
            why = f"  # {detail if outcome == 'skip' else figures}" if outcome == "skip" or figures else ""
            print(f"[{self.done:3}/{self.total}] {outcome:4} {name}{time}{why}")
            if outcome == "FAIL":
                lines = self.failures[name] = ["    " + line for line in detail.rstrip().splitlines()]
                print("\n".join(lines))
                print(f"    rerun alone: make test T={name}")
            sys.stdout.flush()

    def count(self, outcome):
        return sum(1 for one in self.outcomes.values() if one == outcome)

    def remind(self):
        """The failures once more: whoever keeps only the end of a long log sees why."""
        for name, lines in sorted(self.failures.items()):
            print("\n".join([f"failed: {name}", *lines[:12]]))

    def verdict(self):
        skipped = self.count("skip")
        return (f"{self.count('ok')} passed, {self.count('FAIL')} failed" + (f", {skipped} skipped" if skipped else ""))


def run(command, timeout, stdin=b"", **how):
    """A finished process, its output as bytes. It is killed, and the case fails, after `timeout` seconds."""
    command = [str(word) for word in command]
    if command[0] == "make":  # apart from the make that may have called us
        how["env"] = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    try:
        return subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, cwd=how.pop("cwd", ROOT),
                              check=False, **how)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"") + (late.stderr or b"")
        raise Failure(f"no end within {timeout} s: {' '.join(command)}\n{tail(said)}") from None


def tools_run(*words, timeout=120, stdin=b"", **how):
    """tools/run with its own --timeout inside ours, so that it can say itself what hung."""
    words = list(words)
    if not any(str(word).startswith("--timeout") for word in words):
        words = [f"--timeout={timeout}", *words]
    return run([ROOT / "tools/run", *words], timeout + 30, stdin, **how)


def expect(what, actual, expected, evidence=b""):
    if actual == expected:
        return
    text = f"{what}: expected {shorten(expected)}, actual {shorten(actual)}"
    raise Failure(text + (f"\n{tail(evidence)}" if evidence else ""))


def shorten(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:140]} ... {text[-140:]} (length {len(value)})"


class Job:
    """Some cases that are run together. Subclasses give names() and run(report, wanted)."""

    weight = 1  # those with more weight start first
    silent = ("FAIL", "no result")  # what a case gets that run() has not reported

    def names(self):
        raise NotImplementedError

    def run(self, report, wanted):
        raise NotImplementedError


class Single(Job):
    """One case that is one function: it returns, or raises Failure or Skip."""

    silent = ("ok", "")

    def __init__(self, name, function, weight=1):
        self.name, self.function, self.weight = name, function, weight

    def names(self):
        return [self.name]

    def run(self, report, wanted):
        self.function()
