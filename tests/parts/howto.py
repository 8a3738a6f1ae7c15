"""howto/NAME: the patch of docs/howto/NAME.md, applied to a copy of the tree, builds and passes the test it names.

That page and patch are the same text is for tools/docs to say.
"""
import os
import re
import shutil

from common import ROOT, Failure, Single, Skip, run, tail
from treecopy import copy_tree

PAGES = ROOT / "docs/howto"
WORK = ROOT / "build/howto"
SECONDS = 300


def names():
    return sorted(path.stem for path in PAGES.glob("*.patch"))


def wanted(name, goal):
    """What the page tells people to run: T of the first `make GOAL T=...`."""
    match = re.search(rf"^make {goal} T=(\S+)$", (PAGES / f"{name}.md").read_text(encoding="utf-8"), re.M)
    return match[1] if match else None


def patched(name, place):
    """The copy. Git must not find our own repository around it: it would take the paths to be another folder's."""
    if shutil.which("git") is None:
        raise Skip("git is not installed")
    copy = copy_tree(ROOT, WORK / place, ("mutate", "howto", "release", "host"))
    done = run(["git", "apply", PAGES / f"{name}.patch"], 30, cwd=copy,
               env={**os.environ, "GIT_CEILING_DIRECTORIES": str(WORK)})
    if done.returncode != 0:
        raise Failure(f"docs/howto/{name}.patch does not apply\n{tail(done.stderr)}")
    return copy


def check_mutations(name, copy):
    """A mutation that the how-to adds still applies; whether its test finds it is for soak."""
    for path in (copy / "tests/mutations").glob("*.patch"):
        if not (ROOT / "tests/mutations" / path.name).exists():
            done = run(["patch", "-p1", "--dry-run", "--batch", "-i", path], 30, cwd=copy)
            if done.returncode != 0:
                raise Failure(f"docs/howto/{name}.patch: {path.name} does not apply\n{tail(done.stdout)}")


def expect_line(copy, command, pattern):
    done = run(command, SECONDS, cwd=copy)
    if done.returncode != 0 or not re.search(pattern, done.stdout, re.M):
        raise Failure(f"{' '.join(command)}, in build/howto/{copy.name}, with the patch of docs/howto applied:\n"
                      f"{tail(done.stderr + done.stdout)}")


def check(name):
    test, ktest = wanted(name, "test"), wanted(name, "ktest")
    copy = patched(name, name)
    check_mutations(name, copy)
    if test:
        expect_line(copy, ["make", "test", f"T={test}"], rb"^\[ *1/1\] ok +" + test.encode() + rb"\b")
    elif ktest:
        expect_line(copy, ["make", "ktest", f"T={ktest}"], rb"^ok 1 " + ktest.encode() + rb"$")
    else:
        raise Failure(f"docs/howto/{name}.md has no line `make test T=...`")
    shutil.rmtree(copy)


def mutation(name):
    """The how-to's own mutation is found by the how-to's own test."""
    copy = patched(name, f"{name}-mutation")
    expect_line(copy, ["make", "mutate", f"T={wanted(name, 'mutate')}"], rb"^1 mutations found, 0 not")
    shutil.rmtree(copy)


def jobs():
    return [Single(f"howto/{name}", lambda name=name: check(name), 3) for name in names()]


def soak_jobs():
    return [Single(f"howto/{name}-mutation", lambda name=name: mutation(name), 3)
            for name in names() if wanted(name, "mutate")]
