"""wall/NAME: each wall of kernel/lib/wall.h is attacked by tests/user/attack_NAME.c, with it and without it.

The victim in the program writes `secret HEX` to standard error, the attacker `stolen HEX` or `stolen
nothing` to standard output. With all walls up what was stolen is not the secret; with this one wall down
it is. Binary, machine and words are the same but for `walls=-NAME`. A comment `/* cpu: MODEL */` in the
source chooses QEMU's CPU, `/* run: OPTIONS */` adds options of tools/run.
"""
import re

from common import ROOT, Failure, Single, tail, tools_run

SECONDS = 120


def names():
    text = (ROOT / "kernel/lib/wall.h").read_text(encoding="utf-8")
    return re.findall(r'\bX\(\w+, "([\w-]+)"', text)


def source(name):
    return ROOT / f"tests/user/attack_{name.replace('-', '_')}.c"


def options(name):
    text = source(name).read_text(encoding="utf-8")
    cpu = re.search(r"/\* cpu: (\S+) \*/", text)
    more = re.search(r"/\* run: (.*?) \*/", text)
    return ([f"--cpu={cpu[1]}"] if cpu else []) + (more[1].split() if more else [])


def value(label, stream):
    found = re.search(rb"^" + label + rb" ([0-9a-f]{32}|nothing)\s*$", stream, re.M)
    return found[1] if found else None


def attack(name, *more):
    """(secret, stolen, the run) of one attack."""
    program = ROOT / "build/user/tests" / source(name).stem
    done = tools_run("--build=walls", *options(name), *more, program, timeout=SECONDS)
    if done.returncode in (124, 125):
        raise Failure(f"{' '.join(more) or 'all walls up'}: tools/run gave {done.returncode}\n{tail(done.stderr)}")
    return value(b"secret", done.stderr), value(b"stolen", done.stdout), done


def check(name):
    if not source(name).exists():
        raise Failure(f"the wall has no attack: {source(name).relative_to(ROOT)} is missing")
    secret, stolen, done = attack(name)
    evidence = f"status {done.returncode}\n{tail(done.stderr + done.stdout)}"
    if secret in (None, b"nothing") or stolen is None:
        raise Failure(f"all walls up: expected a `secret` and a `stolen` line, {evidence}")
    if stolen == secret:
        raise Failure(f"all walls up: expected nothing stolen, actual {stolen.decode()}, the secret itself")
    secret, stolen, done = attack(name, f"--append=walls=-{name}")
    evidence = f"status {done.returncode}\n{tail(done.stderr + done.stdout)}"
    if secret in (None, b"nothing") or stolen != secret:
        raise Failure(f"wall {name} down: expected the secret {secret} stolen, actual {stolen}: "
                      f"the attack does not show this wall at work, {evidence}")


def jobs():
    return [Single(f"wall/{name}", lambda name=name: check(name), 2) for name in names()]
