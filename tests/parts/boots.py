"""boot/NAME: the smoke list of other machines and loaders, and what the kernel refuses with one clear line."""
import os
import re
import time

import ktest
import machine
from common import ROOT, Failure, Single, Skip, run, tail, tools_run

HELLO = ROOT / "build/user/bin/hello"
GIB8_MIB = 8192


def free_mib():
    found = re.search(r"MemAvailable:\s+(\d+)", open("/proc/meminfo", encoding="utf-8").read())
    return int(found[1]) // 1024 if found else 0


def mem8192():
    if free_mib() < 2048:  # the frame table alone is touched, not all of it
        raise Skip("less than 2 GiB of memory are free here")
    ktest.on_configuration(mem=GIB8_MIB)


def bochs():
    """The only emulator with PCID: those tests must have run, not been skipped."""
    results = ktest.on_configuration(emulator="bochs", boot="grub")
    skipped = [name for name, (outcome, _) in results.items() if "pcid" in name and outcome == "skip"]
    if skipped:
        raise Failure(f"PCID tests skipped on a CPU with PCID: {' '.join(skipped)}")


def hello_on(*options, timeout=300):
    def check():
        expected = run([HELLO], 10).stdout
        done = tools_run(*options, HELLO, timeout=timeout)
        if done.returncode != 0 or done.stdout != expected:
            raise Failure(f"expected status 0 and {expected!r}, actual status {done.returncode} and "
                          f"{done.stdout!r}\n{tail(done.stderr)}")
    return check


def uefi():
    if not any(os.path.exists(path) for path in machine.OVMF):
        raise Skip("no OVMF firmware here")
    hello_on("--boot=uefi")()


def shell_from_iso():
    """The CD as `make iso` leaves it: GRUB's menu, its first entry, a prompt; and that idle costs nothing."""
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", "256",
               "-cdrom", ROOT / "build/release/bulkhead.iso", "-serial", "stdio", "-cpu", "max",
               "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    with machine.Machine() as vm:
        vm.directory = None
        vm.start_command(command)
        wait_for(vm, rb"[$#] $", 120)
        time.sleep(1)
        before, start = cpu_seconds(vm.process.pid), time.monotonic()
        time.sleep(4)
        share = (cpu_seconds(vm.process.pid) - before) / (time.monotonic() - start)
        vm.type(b"echo one two | wc\n")
        wait_for(vm, rb"1\s+2\s+8\s", 30)
        vm.type(b"poweroff\n")
        if not vm.wait(30):
            raise Failure(f"poweroff did not end the machine within 30 s\n{tail(vm.log)}")
    if share > 0.10:
        raise Failure(f"idle at the prompt: expected at most 10 % of a core, actual {share:.0%}")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(vm, pattern, seconds):
    deadline = time.monotonic() + seconds
    while not re.search(pattern, bytes(vm.log).replace(b"\r", b"")):
        if vm.process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"expected {pattern!r} on serial within {seconds} s\n{tail(vm.log)}")
        time.sleep(0.05)


def refusal(pattern, content=b"", **how):
    """The machine stops by itself, with a failing status, after one line that matches."""
    def check():
        sound = (ROOT / "build/archive.cpio").read_bytes()
        archive = content(sound) if callable(content) else content or sound
        with machine.Machine("test", archive, how.pop("words", []), **how) as vm:
            vm.start()
            ended = vm.wait(60)
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
        Single("boot/mem8192", mem8192, 3),
        Single("boot/pcids3", lambda: ktest.on_configuration(words=["pcids=3"]), 3),
        Single("boot/grub", lambda: ktest.on_configuration(boot="grub"), 3),
        Single("boot/bochs", bochs, 9),
        Single("boot/bochs-run", hello_on("--emulator=bochs"), 4),
        Single("boot/uefi", uefi, 4),
        Single("boot/iso", shell_from_iso, 4),
    ]
    return cases + [Single(f"boot/{name}", check) for name, check in REFUSALS.items()]


def soak_jobs():
    """Further machines, for `make soak`."""
    models = ["Nehalem", "Haswell", "Skylake-Server", "EPYC", "max,-smap,-smep", "max,-xsave", "qemu64,-fsgsbase"]
    cases = [Single(f"soak/{model}", lambda model=model: ktest.on_configuration(cpu=model)) for model in models]
    cases.append(Single("soak/walls", lambda: ktest.on_configuration(build="walls")))
    return cases + [Single(f"soak/mem{mem}", lambda mem=mem: ktest.on_configuration(mem=mem))
                    for mem in (48, 64, 128, 1024, 3072, 4096, 5000)]
