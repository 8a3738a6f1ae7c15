"""boot/iso..., boot/usb..., boot/menu...: the image as `make iso` leaves it, as a CD and as a USB stick, on BIOS and
UEFI. build/reproducible: two builds in two folders give the same bytes.
"""
import os
import re
import shutil
import socket
import tempfile
import time

import ktest
import machine
from common import ROOT, Failure, Single, Skip, expect, run, tail
from treecopy import copy_sources

IMAGE = ROOT / "build/release/bulkhead.iso"
CD = ["-cdrom", IMAGE]
MIB = machine.OVMF_MEM
DOWN, ENTER = b"\x1b[B", b"\r"


def stick(controller):
    return ["-drive", f"if=none,id=stick,format=raw,readonly=on,file={IMAGE}", "-device", controller,
            "-device", "usb-storage,drive=stick"]


def bios():
    return []


def uefi():
    firmware = next((path for path in machine.OVMF if os.path.exists(path)), None)
    if firmware is None:
        raise Skip("no OVMF firmware here")
    return ["-bios", firmware]


class Image:
    """A running machine with the image in it, and COM1 as a person would see it."""

    def __init__(self, firmware, medium, *extra):
        self.command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m",
                        str(MIB), "-serial", "stdio", "-cpu", "max", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                        *firmware(), *medium, *extra]
        self.vm = machine.Machine()

    def __enter__(self):
        self.vm.start_command(self.command)
        return self

    def __exit__(self, *_):
        self.vm.stop()

    def wait_for(self, pattern, seconds):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, bytes(self.vm.log).replace(b"\r", b"")):
            if self.vm.process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"expected {pattern!r} on serial within {seconds} s\n{tail(self.vm.log)}")
            time.sleep(0.05)

    def use_shell(self):
        """A prompt, a command, and the end."""
        self.wait_for(rb"[$#] $", 120)
        self.vm.type(b"echo one two | wc\n")
        self.wait_for(rb"1\s+2\s+8\s", 60)
        self.vm.type(b"poweroff\n")
        if not self.vm.wait(60):
            raise Failure(f"poweroff did not end the machine within 60 s\n{tail(self.vm.log)}")


def shell(firmware, medium):
    def check():
        with Image(firmware, medium) as image:
            image.use_shell()
    return check


def shell_on_bios():
    """Besides: at the prompt the machine costs nothing, and a screen says where the console is."""
    with tempfile.TemporaryDirectory() as directory:
        monitor = f"{directory}/monitor"
        extra = ["-vga", "std", "-chardev", f"socket,id=monitor,path={monitor},server=on,wait=off", "-mon", "monitor"]
        with Image(bios, CD, *extra) as image:
            image.wait_for(rb"[$#] $", 120)
            for _ in range(5):  # a machine that others use as well may be late with what was to do before
                time.sleep(1)
                before, start = cpu_seconds(image.vm.process.pid), time.monotonic()
                time.sleep(4)
                share = (cpu_seconds(image.vm.process.pid) - before) / (time.monotonic() - start)
                if share <= 0.10:
                    break
            seen = screen(monitor)
            image.use_shell()
    if share > 0.10:
        raise Failure(f"idle at the prompt: expected at most 10 % of a core, actual {share:.0%}")
    if "serial port COM1" not in seen:
        raise Failure(f"expected 'serial port COM1' on the screen\n{tail(seen)}")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def screen(monitor):
    """VGA's text page, 80 by 25: a character and a colour for each place."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(monitor)
        line.sendall(b"xp /4000xb 0xb8000\n")
        said = b""
        while len(cells := re.findall(rb"0x([0-9a-f]{2})\b", said.partition(b":")[2])) < 4000:
            said += line.recv(1 << 16)
    text = bytes(int(cell, 16) for cell in cells[::2]).decode("cp437")
    return "\n".join(text[at:at + 80].rstrip() for at in range(0, 2000, 80))


def menu(firmware, medium):
    """The second entry, by the keyboard of a serial terminal: the in-kernel tests. The menu is drawn once."""
    def check():
        with Image(firmware, medium) as image:
            image.wait_for(rb"in-kernel tests", 120)
            image.vm.type(DOWN)
            image.wait_for(rb"\*Bulkhead: in-kernel tests", 60)
            image.vm.type(ENTER)
            ended = "" if image.vm.wait(ktest.SECONDS["qemu"]) else "no end"
            log = bytes(image.vm.log)
        expect("times that the menu is drawn", log.count(b"GNU GRUB"), 1, log)
        ktest.judge(log, ended)
    return check


# ---- two builds

PLACES = {"build/reproducible/one": {"TZ": "ONE-14", "umask": 0o022},
          "build/reproducible/an other, two": {"TZ": "TWO+11", "umask": 0o077, "LANG": "C.UTF-8"}}
MADE = ["release/kernel.pass1", "release/kernel", "release/kernel.elf32", "archive.cpio", "release/bulkhead.iso"]


def build_at(place, how):
    copy = copy_sources(ROOT, ROOT / place)
    variables = {name: value for name, value in os.environ.items()
                 if not name.startswith(("MAKE", "MFLAGS", "SOURCE_DATE_EPOCH", "LC_"))}
    variables.update(TZ=how["TZ"], LANG=how.get("LANG", "C"))
    done = run(["env", "-i", *(f"{name}={value}" for name, value in variables.items()), "make",
                "build/release/kernel.elf32", "build/release/bulkhead.iso"], 600, cwd=copy, umask=how["umask"])
    if done.returncode != 0:
        raise Failure(f"make in {place}:\n{tail(done.stdout + done.stderr)}")
    return copy / "build"


def reproducible():
    one, two = (build_at(place, how) for place, how in PLACES.items())
    for name in MADE:
        a, b = (one / name).read_bytes(), (two / name).read_bytes()
        if a != b:
            at = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            raise Failure(f"build/{name} differs between {' and '.join(PLACES)}: {len(a)} and {len(b)} bytes, at byte "
                          f"{at} (0x{at:x})\n  | {a[at - 24:at + 24]}\n  | {b[at - 24:at + 24]}")
    shutil.rmtree(one.parent.parent)


def jobs():
    return [
        Single("boot/iso-bios", shell_on_bios, 4),
        Single("boot/iso-uefi", shell(uefi, CD), 4),
        Single("boot/usb-bios", shell(bios, stick("usb-ehci")), 3),
        Single("boot/usb-uefi", shell(uefi, stick("qemu-xhci")), 4),
        Single("boot/menu-bios", menu(bios, CD), 5),
        Single("boot/menu-uefi", menu(uefi, CD), 5),
        Single("build/reproducible", reproducible, 6),
    ]


def soak_jobs():
    return [Single("soak/usb-xhci", shell(bios, stick("qemu-xhci"))),
            Single("soak/usb-uefi-ehci", shell(uefi, stick("usb-ehci")))]
