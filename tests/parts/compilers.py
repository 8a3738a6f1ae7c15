"""soak/clang, soak/toolchain: the kernel of another compiler passes the in-kernel suite. Each is built without a
warning in a copy of the tree under build/compilers.
"""
import os
import pathlib
import re
import shutil

from common import ROOT, Failure, Single, Skip, run, tail
from treecopy import copy_tree

WORK = ROOT / "build/compilers"
SECONDS = 900
UNNEEDED = ("bugs", "compilers", "host", "hostfuzz", "howto", "mutate", "release", "test", "walls")


def toolchain_prefix():
    """As the Makefile, which exports TOOLCHAIN_DIR."""
    places = [pathlib.Path(os.environ.get("TOOLCHAIN_DIR", ROOT / "build/toolchain"), "bin"), None]
    for place in places:
        found = shutil.which("x86_64-elf-gcc", path=place and str(place))
        if found:
            return found.removesuffix("gcc")
    raise Skip("no x86_64-elf-gcc here; make toolchain builds one")


def clang_words():
    if shutil.which("clang") is None:
        raise Skip("clang is not installed")
    return ["CC=clang"]


def ktest_with(name, words_of):
    def check():
        words = words_of()
        copy = copy_tree(ROOT, WORK / name, UNNEEDED)
        done = run(["make", "ktest", "T=", "CI=true", *words], SECONDS, cwd=copy)
        output = done.stdout + done.stderr
        passed = len(re.findall(rb"^ok ", done.stdout, re.M))
        if done.returncode != 0 or not passed or b"warning:" in output:
            raise Failure(f"make ktest {' '.join(words)}: exit status {done.returncode}, {passed} passed\n"
                          f"{tail(output)}")
        shutil.rmtree(copy)
    return check


def soak_jobs():
    return [Single("soak/clang", ktest_with("clang", clang_words), 5),
            Single("soak/toolchain", ktest_with("toolchain", lambda: [f"CROSS_COMPILE={toolchain_prefix()}"]), 5)]
