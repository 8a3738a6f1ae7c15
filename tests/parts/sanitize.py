"""sanitize/NAME: each planted bug of tests/kernel/plants.c ends in a panic that names its kind and its line."""
import re

import ktest
import machine
import user
from common import ROOT, Failure, Single, tail

SOURCE = ROOT / "tests/kernel/plants.c"
ADDRESS = r"(0x)?[0-9a-f]+"

# What comes after "UBSan: ": the kind, then what follows the place.
UNDEFINED = {
    "add": ("overflow", r"1 \+ 2147483647 does not fit 'int'|2147483647 \+ 1 does not fit 'int'"),
    "subtract": ("overflow", r"-2147483648 - 1 does not fit 'int'|-2147483648 \+ -1 does not fit 'int'"),
    "multiply": ("overflow", r"2147483647 \* 2 does not fit 'int'"),
    "negate": ("overflow", r"0 - -2147483648 does not fit '.*int'.*"),
    "divide": ("overflow", r"-2147483648 / -1 does not fit 'int'"),
    "shift": ("shift", r"1 of type 'unsigned int' by 40"),
    "shift-negative": ("shift", r"1 of type 'int' by -1"),
    "index": ("out of bounds", r"index 7 of 'u32 ?\[4\]'.*"),
    "null-pointer": ("null pointer", r"0 as 'const u64'.*"),
    "misaligned": ("misaligned address", rf"{ADDRESS} as 'const u64'.*"),
    "pointer-wraps": ("pointer overflow", rf"from {ADDRESS} to {ADDRESS}"),
    "not-a-bool": ("invalid value", r"2 in '.*[Bb]ool'"),
    "unreachable": ("unreachable code", None),
}

# What comes after "KASAN: ", for the function that the plant is in.
MEMORY = {
    "object-end": "beyond an object, write of 1 bytes",
    "object-end-of-frame": "beyond an object, read of 1 bytes",
    "object-neighbour": "beyond an object, write of 65 bytes",
    "object-freed": "freed object, read of 1 bytes",
    "object-freed-twice": "freed object, free of 1 bytes",
    "object-to-user": "beyond an object, read of 41 bytes",
    "frame-freed": "freed frame, write of 8 bytes",
    "frame-freed-long-ago": "freed frame, write of 8 bytes",
    "stack-array": "beyond an array on the stack, read of 4 bytes",
    "global-array": "beyond a global, write of 4 bytes",
    "thread-stack": "stack of a thread that is gone, write of 8 bytes",
}
# Where the access is not in the plant itself.
ACCESSED_IN = {"object-freed-twice": "cache_free", "object-to-user": "(move|copy_to_user)"}  # inlined or not

# What comes after "TLB: " (mm/tlb_model.h).
TAKEN = r"CPU 0 may still hold what (take_page|tlb_\w+)\(\) took away, and "
DEBTS = {
    "tlb-frame-freed": TAKEN + "it gives a frame back",
    "tlb-not-flushed": TAKEN + "the commit is finished",
    "tlb-not-finished": TAKEN + "it switches to another thread",
    "tlb-kernel-not-flushed": TAKEN + "the commit is finished",
    "tlb-slot-comes-back": r"CPU 0 keeps PCID \d+, which may hold what was taken away",
    "tlb-pcid-of-two": r"CPU 0 keeps PCID \d+, which was another space's",
    "tlb-not-asked": TAKEN.replace("0", "1") + "it has the space loaded and is not asked",
    "tlb-loaded-space-ends": "the tables that CPU 0 has loaded are freed",
}


def lines_of(name):
    """The first and last line of the plant's function."""
    source = SOURCE.read_text(encoding="utf-8").splitlines()
    first = source.index(f"PLANT {name.replace('-', '_')}(void)") + 1
    return first, source.index("}", first) + 1


PANIC = re.compile(r"^PANIC: (.*)$", re.M)


def panic_log(name, build, words=(), **how):
    """The log of a boot with that planted bug, which ended in one panic."""
    words = [f"ktest=plant/{name}", *words]
    with machine.Machine(build, (ROOT / "build/archive.cpio").read_bytes(), words, **how) as vm:
        vm.start()
        ended = vm.wait(120)
        log, status = bytes(vm.log), vm.process.returncode
    text = log.decode(errors="replace").replace("\r", "")
    if not ended or status == 0 or len(PANIC.findall(text)) != 1:
        raise Failure(f"expected one panic and a failing end, actual {len(PANIC.findall(text))} and status {status}\n"
                      f"{tail(log)}")
    return text


def panic_of(name, build, **how):
    return PANIC.search(panic_log(name, build, **how))[1]


def undefined(name):
    def check():
        kind, values = UNDEFINED[name]
        said = panic_of(name, "test")
        first, last = lines_of(name)
        values = f": ({values})" if values else ""
        match = re.fullmatch(rf"UBSan: {kind}, tests/kernel/plants\.c:(\d+):\d+{values}", said)
        if not match or not first <= int(match[1]) <= last:
            raise Failure(f"expected 'UBSan: {kind}', a line of {first} to {last}, and /{values}/, actual {said!r}")
    return check


def memory(name):
    def check():
        said = panic_of(name, "kasan")
        function = ACCESSED_IN.get(name, name.replace("-", "_"))
        if not re.fullmatch(rf"KASAN: {MEMORY[name]} at {ADDRESS} in {function}\(\)", said):
            raise Failure(f"expected 'KASAN: {MEMORY[name]} at ADDRESS in {function}()', actual {said!r}")
    return check


def debt(name):
    def check():
        said = panic_of(name, "test", smp=2)
        if not re.fullmatch(f"TLB: {DEBTS[name]}", said):
            raise Failure(f"expected /TLB: {DEBTS[name]}/, actual {said!r}")
    return check


def kasan_user():
    """The ring-3 suite, in one boot of the kasan build on four processors; user/NAME has compared what they print."""
    names = user.sources()
    done = user.on_bulkhead(names, "--build=kasan", "--smp=4")
    results, running = user.frames(done.stdout)
    bad = [name for name in names if name not in results or results[name][0] != 0]
    if done.returncode != 0 or bad:
        raise Failure(f"{' '.join(bad)}: no success, tools/run gave {done.returncode}, running: {running}\n"
                      f"{tail(done.stderr)}")


def smash(build):
    def check():
        expected = "a write ran over the end of an array on the stack of stack_smash()"
        if (said := panic_of("stack-smash", build)) != expected:
            raise Failure(f"expected {expected!r}, actual {said!r}")
    return check


def jobs():
    return ([Single(f"sanitize/smash-{build}", smash(build)) for build in ("release", "test", "walls")] +
            [Single(f"sanitize/{name}", undefined(name)) for name in UNDEFINED] +
            [Single(f"sanitize/{name}", memory(name)) for name in MEMORY] +
            [Single(f"sanitize/{name}", debt(name)) for name in DEBTS] +
            [Single("sanitize/kasan-ktest", lambda: ktest.on_configuration(build="kasan"), 7),
             Single("sanitize/kasan-ktest-4", lambda: ktest.on_configuration(build="kasan", smp=4), 4),
             Single("sanitize/kasan-user", kasan_user, 7)])
