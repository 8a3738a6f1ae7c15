"""wall/NAME: each wall of kernel/lib/wall.h is attacked by tests/user/attack_NAME.c, with it and without it.

The victim in the program writes `secret HEX` to standard error, the attacker `stolen HEX` or `stolen nothing` to
standard output; where there are several victims, the last counts. With all walls up what was stolen is not the
secret; with this one wall down it is. Binary, machine and words are the same but for `walls=-NAME`. A comment `/*
cpu: MODEL */` in the source chooses QEMU's CPU, `/* run: OPTIONS */` adds options of tools/run.

With `/* second line: WORD */` the attack needs the kernel's planted bug, `hole=NAME` (tests/kernel/walls/holes.c). The
wall up, that is a panic which has the word; and in other builds there is no bug. `skip REASON` on standard output: the
CPU has no such wall.
"""
import re

from common import ROOT, Failure, Single, Skip, tail, tools_run

SECONDS = 120


def names():
    text = (ROOT / "kernel/lib/wall.h").read_text(encoding="utf-8")
    return re.findall(r'\bX\(\w+, "([\w-]+)"', text)


def source(name):
    return ROOT / f"tests/user/attack_{name.replace('-', '_')}.c"


def second_line(name):
    found = re.search(r"/\* second line: (\w+) \*/", source(name).read_text(encoding="utf-8"))
    return found and found[1].encode()


def options(name):
    text = source(name).read_text(encoding="utf-8")
    hole = [f"--append=hole={name}"] if second_line(name) else []
    cpu = re.search(r"/\* cpu: (\S+) \*/", text)
    more = re.search(r"/\* run: (.*?) \*/", text)
    return ([f"--cpu={cpu[1]}"] if cpu else []) + (more[1].split() if more else []) + hole


def value(label, stream):
    found = re.findall(rb"^" + label + rb" ([0-9a-f]{32}|nothing)\s*$", stream, re.M)
    return found[-1] if found else None


def attack(name, *more, build="walls", panic=None):
    """(secret, stolen, the run) of one attack. Where it must end in a panic, that has the word."""
    program = ROOT / "build/user/tests" / source(name).stem
    done = tools_run(f"--build={build}", *options(name), *more, program, timeout=SECONDS)
    if skipped := re.search(rb"^skip (.*)$", done.stdout, re.M):
        raise Skip(skipped[1].decode())
    if panic and not (done.returncode == 125 and re.search(rb"^PANIC: .*\b" + panic + rb"\b", done.stderr, re.M)):
        raise Failure(f"all walls up: expected a panic that says {panic.decode()}, actual: tools/run gave "
                      f"{done.returncode}\n{tail(done.stderr + done.stdout)}")
    if done.returncode in (124, 125) and not panic:
        raise Failure(f"{' '.join(more) or 'all walls up'}: tools/run gave {done.returncode}\n{tail(done.stderr)}")
    return value(b"secret", done.stderr), value(b"stolen", done.stdout), done


def nothing_stolen(name, build):
    secret, stolen, done = attack(name, build=build)
    evidence = f"status {done.returncode}\n{tail(done.stderr + done.stdout)}"
    if secret in (None, b"nothing") or stolen is None:
        raise Failure(f"all walls up: expected a `secret` and a `stolen` line, {evidence}")
    if stolen == secret:
        raise Failure(f"all walls up: expected nothing stolen, actual {stolen.decode()}, the secret itself")


def check(name):
    if not source(name).exists():
        raise Failure(f"the wall has no attack: {source(name).relative_to(ROOT)} is missing")
    if second_line(name):
        attack(name, panic=second_line(name))
    nothing_stolen(name, "test" if second_line(name) else "walls")
    secret, stolen, done = attack(name, f"--append=walls=-{name}")
    evidence = f"status {done.returncode}\n{tail(done.stderr + done.stdout)}"
    if secret in (None, b"nothing") or stolen != secret:
        raise Failure(f"wall {name} down: expected the secret {secret} stolen, actual {stolen}: "
                      f"the attack does not show this wall at work, {evidence}")


def jobs():
    return [Single(f"wall/{name}", lambda name=name: check(name), 2) for name in names()]
