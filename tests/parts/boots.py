"""boot/NAME: the smoke list of other machines and loaders, and what the kernel refuses with one clear line."""
import os
import re

import ktest
import machine
from common import ROOT, Failure, Single, Skip, run, tail, tools_run

HELLO = ROOT / "build/user/bin/hello"


def free_mib():
    found = re.search(r"MemAvailable:\s+(\d+)", open("/proc/meminfo", encoding="utf-8").read())
    return int(found[1]) // 1024 if found else 0


def much_memory(mib):
    def check():
        needed = mib // 16 + 1024  # the frame table is touched, and what the tests use; not all of it
        if free_mib() < needed:
            raise Skip(f"of {needed} MiB of memory that this takes, {free_mib()} are free here")
        ktest.on_configuration(mem=mib)
    return check


def bochs():
    """The only emulator with PCID: those tests must have run, not been skipped."""
    results = ktest.on_configuration(emulator="bochs", boot="grub")
    skipped = [name for name, (outcome, _) in results.items() if "pcid" in name and outcome == "skip"]
    if skipped:
        raise Failure(f"PCID tests skipped on a CPU with PCID: {' '.join(skipped)}")


def hello_on(*options, timeout=300):
    def check():
        expected = run([HELLO], 60).stdout
        done = tools_run(*options, HELLO, timeout=timeout)
        if done.returncode != 0 or done.stdout != expected:
            raise Failure(f"expected status 0 and {expected!r}, actual status {done.returncode} and "
                          f"{done.stdout!r}\n{tail(done.stderr)}")
    return check


def uefi():
    if not any(os.path.exists(path) for path in machine.OVMF):
        raise Skip("no OVMF firmware here")
    hello_on("--boot=uefi")()


def refusal(pattern, content=b"", **how):
    """The machine stops by itself, with a failing status, after one line that matches."""
    def check():
        sound = (ROOT / "build/archive.cpio").read_bytes()
        archive = content(sound) if callable(content) else content or sound
        with machine.Machine("test", archive, how.pop("words", []), **how) as vm:
            vm.start()
            ended = vm.wait(120)
            log, status = bytes(vm.log), vm.process.returncode
        lines = [line for line in log.decode(errors="replace").splitlines() if re.search(pattern, line)]
        if not ended or status == 0 or len(lines) != 1:
            raise Failure(f"expected one line with /{pattern}/ and a failing end, actual {len(lines)} and "
                          f"status {status}\n{tail(log)}")
    return check


def flip_one_bit(archive):
    middle = len(archive) // 2
    return archive[:middle] + bytes([archive[middle] ^ 1]) + archive[middle + 1:]


REFUSALS = {
    "no-long-mode": refusal(r"no long mode", cpu="pentium3"),
    "no-nx": refusal(r"no NX", cpu="qemu64,-nx"),
    "no-module": refusal(r"(?i)no (boot )?archive|no module", content=lambda _: None),
    "damaged-archive": refusal(r"(?i)CRC|checksum", content=flip_one_bit),
    "cut-archive": refusal(r"(?i)archive", content=lambda sound: sound[:-100]),
}


def jobs():
    cases = [
        Single("boot/release", lambda: ktest.on_configuration(build="release"), 3),
        Single("boot/qemu64", lambda: ktest.on_configuration(cpu="qemu64"), 3),
        Single("boot/mem32", lambda: ktest.on_configuration(mem=32), 3),
        Single("boot/mem8192", much_memory(8192), 3),
        Single("boot/mem16384", much_memory(16384), 3),
        Single("boot/pcids3", lambda: ktest.on_configuration(words=["pcids=3"]), 3),
        Single("boot/grub", lambda: ktest.on_configuration(boot="grub"), 3),
        Single("boot/bochs", bochs, 9),
        Single("boot/bochs-run", hello_on("--emulator=bochs"), 4),
        Single("boot/uefi", uefi, 4),
    ]
    return cases + [Single(f"boot/{name}", check) for name, check in REFUSALS.items()]


def soak_jobs():
    """Further machines, for `make soak`."""
    models = ["Nehalem", "Haswell", "Skylake-Server", "EPYC", "max,-smap,-smep", "max,-xsave", "qemu64,-fsgsbase"]
    cases = [Single(f"soak/{model}", lambda model=model: ktest.on_configuration(cpu=model)) for model in models]
    cases.append(Single("soak/walls", lambda: ktest.on_configuration(build="walls")))
    return cases + [Single(f"soak/mem{mem}", lambda mem=mem: ktest.on_configuration(mem=mem))
                    for mem in (48, 64, 128, 1024, 3072, 4096, 5000)]
