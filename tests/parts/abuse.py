"""abuse/NAME: tests/fuzz/abuse.c with 48 MiB, at the prompt: it ends, nothing is lost, the shell answers."""
import re
import time

import archive
import machine
from common import ROOT, Failure, Single, tail

MIB, SECONDS = 48, 120
EXISTING = ("frames-held", "objects", "handles", "queues")


def wait_for(vm, pattern, seconds):
    deadline = time.monotonic() + seconds
    while not re.search(pattern, bytes(vm.log).replace(b"\r", b"")):
        if vm.process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"expected {pattern!r} on serial within {seconds} s\n{tail(vm.log)}")
        time.sleep(0.05)


def typed(vm, command, pattern):
    """The command at the prompt; what it wrote up to the match."""
    del vm.log[:]
    vm.type(command.encode() + b"\n")
    wait_for(vm, pattern, SECONDS)
    return bytes(vm.log).replace(b"\r", b"")


def existing(vm):
    """What exists, as soon as nothing ends any more: five times the same, for a burial may stand still."""
    before, same = None, 0
    for _ in range(100):
        text = typed(vm, "meminfo -c", rb"queues +\d+\n.*# $").decode()
        now = {name: int(re.search(rf"{name} +(\d+)", text)[1]) for name in EXISTING}
        same = same + 1 if now == before else 0
        if same == 4:
            return now
        before = now
        time.sleep(0.2)
    raise Failure(f"what exists did not come to rest: {before}")


def abuse(kind, allowed):
    def check():
        files = {f"bin/{path.name}": path for path in sorted((ROOT / "build/user/bin").iterdir())}
        files["bin/abuse"] = ROOT / "build/fuzz/abuse"
        # norandmaps: how many page tables the one that counts has itself must not depend on chance
        with machine.Machine("test", archive.build(files), ["norandmaps"], mem=MIB) as vm:
            vm.start(typing=True)
            wait_for(vm, rb"# $", 60)
            before = existing(vm)
            said = typed(vm, "abuse " + kind, rb"abuse: .*, ended\n").decode()
            words = set(re.search(r"abuse: \w+:(.*), ended", said)[1].split())
            if not words or words - allowed:
                raise Failure(f"abuse {kind}: expected some of {sorted(allowed)}, actual {sorted(words)}")
            after = existing(vm)
            if before != after:
                raise Failure(f"abuse {kind}: before {before}, after {after}\n{tail(vm.log)}")
            typed(vm, "echo one two | wc", rb"1 2 8\n")
    return check


def jobs():
    cases = {"bomb": {"EAGAIN", "ENOMEM", "SIGKILL"}, "hog": {"ENOMEM", "SIGKILL"},
             "flood": {"EMFILE", "ENOMEM", "ENOSPC", "EAGAIN"}}
    cases["all"] = set.union(*cases.values())
    return [Single(f"abuse/{kind}", abuse(kind, allowed), 2) for kind, allowed in cases.items()]
