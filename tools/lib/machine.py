"""One emulated machine with Bulkhead in it: starts it, gathers COM1's log, offers COM2, and ends it.

tools/run and tests/runner are the callers. QEMU gets COM2 as two named pipes and COM1 as its standard
output; Bochs connects to a listening socket and writes COM1 to a file. The emulator dies with its caller:
stop() in every way out, and the parent-death signal where there was no chance to call it.
"""
import glob
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import gcov

ROOT = pathlib.Path(__file__).resolve().parents[2]
OVMF = ["/usr/share/ovmf/OVMF.fd", "/usr/share/qemu/OVMF.fd", "/usr/share/edk2/ovmf/OVMF_CODE.fd",
        "/usr/share/edk2/x64/OVMF.4m.fd"]
OVMF_MEM = 128
SMP = int(os.environ.get("SMP") or 1)  # processors, unless somebody says otherwise


class Error(Exception):
    """Something that the user can put right; its text is one clear line."""


def constants(header):
    """{name: number} of the enumerators `NAME = 0x...` and the numeric #defines of a C header."""
    text = (ROOT / header).read_text(encoding="utf-8")
    found = re.findall(r"^\s*(?:#define\s+)?([A-Z][A-Z0-9_]*)\s*=?\s*(0x[0-9a-f]+|\d+)\b", text, re.M)
    return {name: int(value, 0) for name, value in found}


def require(*groups):
    """Raises with setup's line where a tool of these groups is missing or too old."""
    check = subprocess.run([ROOT / "tools/setup", "--check", *groups], capture_output=True, text=True, check=False)
    if check.returncode != 0:
        raise Error(check.stderr.strip())


def make(*goals):
    apart = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-C", ROOT, *goals], env=apart, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Error(f"make {' '.join(goals)} failed:\n{(done.stdout + done.stderr).strip()}")


def grub_config(words):
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    return ("set timeout=0\nmenuentry bulkhead {\n"
            f"\tmultiboot2 /boot/kernel {quoted}\n\tmodule2 /boot/archive.cpio archive.cpio\n}}\n")


class Fifos:
    """COM2 as two named pipes, with a socket's methods. QEMU writes byte by byte: a pipe gathers them, where a
    socket would carry each one by itself and be full after some hundred."""

    def __init__(self, directory):
        for name in ("com2.in", "com2.out"):  # seen from QEMU
            os.mkfifo(directory / name)
        self.sending = os.open(directory / "com2.in", os.O_RDWR)
        self.receiving = os.open(directory / "com2.out", os.O_RDONLY | os.O_NONBLOCK)
        self.poll = select.poll()
        self.poll.register(self.receiving, select.POLLIN)
        self.milliseconds = None

    def settimeout(self, seconds):
        self.milliseconds = None if seconds is None else int(seconds * 1000)

    def recv(self, size):
        """Some bytes; none after QEMU has ended. Before QEMU has opened its end, poll() waits for it."""
        if not self.poll.poll(self.milliseconds):
            raise TimeoutError
        return os.read(self.receiving, size)

    def sendall(self, data):
        while data:
            data = data[os.write(self.sending, data):]

    def close(self):
        os.close(self.sending)
        os.close(self.receiving)


class Machine:
    def __init__(self, build="release", archive=None, words=(), mem=256, cpu=None, smp=None, boot="direct",
                 emulator="qemu", icount=False, channel=False, echo=None, extra=()):
        """archive: its bytes, or None for no module; words: boot words; echo(bytes): gets the log as it comes."""
        self.coverage = os.environ.get("BULKHEAD_COVERAGE") if emulator == "qemu" else None
        if self.coverage and build in ("release", "test"):
            build = "coverage"
        self.build = ROOT / "build" / build
        self.archive, self.words = archive, list(words)
        self.mem, self.cpu, self.smp = mem, cpu, smp or SMP
        self.boot, self.emulator, self.icount = boot, emulator, icount
        self.echo, self.extra = echo, list(extra)
        self.log = bytearray()
        self.socket = None        # COM2
        self.process = None
        self.reader = None
        self.stopping = False
        self.directory = None
        self.want_channel = channel

    def start(self, typing=False):
        """typing: COM1's input is a pipe too, for type()."""
        self.typing = typing
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-"))
        if self.archive is not None:
            (self.directory / "archive.cpio").write_bytes(self.archive)
        if self.boot != "direct":
            self.make_iso()
        if self.emulator == "bochs":
            self.start_bochs()
        else:
            self.start_qemu()

    def make_iso(self):
        require("iso", *(["uefi"] if self.boot == "uefi" else []))
        config = self.directory / "grub.cfg"
        config.write_text(grub_config(self.words), encoding="utf-8")
        made = subprocess.run([ROOT / "tools/mkiso", "boot.iso", self.build / "kernel", "archive.cpio", "grub.cfg"],
                              cwd=self.directory, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise Error(f"the bootable CD could not be made: {made.stderr.strip()}")

    def spawn(self, command, **how):
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        return subprocess.Popen(guard + command, cwd=self.directory, start_new_session=True, **how)

    # ---- QEMU

    def qemu_command(self):
        accel = os.environ.get("ACCEL") or "tcg"
        cpu = self.cpu or ("max,erms=off,fsrm=off" if self.icount else "max")
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                   "-m", str(self.mem), "-cpu", cpu, "-smp", str(self.smp), "-accel", accel,
                   "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                   "-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1"]
        if self.coverage:
            command += ["-object", f"memory-backend-file,id=ram,size={self.mem}M,mem-path=ram,share=on",
                        "-machine", "memory-backend=ram"]
        if self.want_channel:
            command += ["-chardev", "pipe,id=com2,path=com2", "-serial", "chardev:com2"]
        if self.icount:
            command += ["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01,clock=vm", "-seed", "1"]
        if self.boot == "direct":
            # Links, because the loader takes commas and blanks in these names apart.
            (self.directory / "kernel").symlink_to(self.build / "kernel.elf32")
            command += ["-kernel", "kernel", "-append", " ".join(self.words)]
            command += ["-initrd", "archive.cpio"] if self.archive is not None else []
        else:
            command += ["-cdrom", "boot.iso", "-boot", "d"]
        if self.boot == "uefi":
            firmware = next((path for path in OVMF if os.path.exists(path)), None)
            if firmware is None:
                raise Error("no OVMF firmware found for --boot uefi (Debian: apt install ovmf)")
            command += ["-bios", firmware]
        return command + self.extra

    def start_qemu(self):
        if self.want_channel:
            self.socket = Fifos(self.directory)
        self.process = self.spawn(self.qemu_command(), stdin=subprocess.PIPE if self.typing else subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read_pipe, daemon=True)
        self.reader.start()

    def start_command(self, command):
        """A QEMU of the caller's own making, with COM1 on its standard output and input."""
        self.process = self.spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read_pipe, daemon=True)
        self.reader.start()

    def type(self, data):
        os.write(self.process.stdin.fileno(), data)

    def read_pipe(self):
        while data := os.read(self.process.stdout.fileno(), 4096):
            self.take(data)

    def take(self, data):
        self.log += data
        if self.echo:
            self.echo(data)

    # ---- Bochs

    def bochs_config(self, port):
        share = "/usr/share/bochs"
        cpu = self.cpu or "corei7_skylake_x"
        lines = ["display_library: term", f"megs: {self.mem}",
                 f"cpu: model={cpu}, count={self.smp}, ips=200000000, reset_on_triple_fault=0",
                 f"romimage: file={share}/BIOS-bochs-latest", f"vgaromimage: file={share}/VGABIOS-lgpl-latest",
                 "clock: sync=none, time0=utc", "boot: cdrom", "log: bochs.log", "panic: action=fatal",
                 "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
                 "ata0-master: type=cdrom, path=boot.iso, status=inserted",
                 "com1: enabled=1, mode=file, dev=com1.log"]
        if port:
            lines.append(f"com2: enabled=1, mode=socket-client, dev=127.0.0.1:{port}")
        return "\n".join(lines) + "\n"

    def start_bochs(self):
        require("bochs")
        listener = None
        if self.want_channel:
            listener = socket.create_server(("127.0.0.1", 0))
            listener.settimeout(30)
        port = listener.getsockname()[1] if listener else None
        (self.directory / "bochsrc").write_text(self.bochs_config(port), encoding="utf-8")
        (self.directory / "go").write_text("c\n", encoding="utf-8")
        (self.directory / "com1.log").touch()
        # Its display wants a terminal: it gets one that nobody looks at. Debian's build has the debugger: "c".
        ours, theirs = os.openpty()
        command = ["bochs", "-q", "-f", "bochsrc", "-rc", "go"]
        if shutil.which("bochs-bin"):
            command[0] = "bochs-bin"
        self.process = self.spawn(command, stdin=theirs, stdout=theirs, stderr=theirs,
                                  env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        threading.Thread(target=self.drain_terminal, args=(ours,), daemon=True).start()
        self.reader = threading.Thread(target=self.read_file, daemon=True)
        self.reader.start()
        if listener:
            try:
                self.socket = listener.accept()[0]
            except OSError as error:
                raise Error(f"Bochs did not start: {self.bochs_trouble()}") from error
            self.socket.setblocking(True)

    @staticmethod
    def drain_terminal(fd):
        try:
            while os.read(fd, 4096):
                pass
        except OSError:  # the other end is gone
            pass

    def read_file(self):
        with open(self.directory / "com1.log", "rb") as file:
            while True:
                ended = self.stopping or self.process.poll() is not None
                data = file.read()
                if data:
                    self.take(data)
                elif ended:
                    return
                else:
                    time.sleep(0.05)

    def bochs_trouble(self):
        for path in glob.glob(str(self.directory / "bochs.log")):
            text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
            bad = [line for line in text.splitlines() if ">>PANIC<<" in line]
            return bad[0] if bad else "see its log"
        return "no log was written"

    # ---- the end

    def wait(self, seconds):
        """True when the emulator has ended within so many seconds; then its log is complete."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self.reader.join(5)
        return True

    def complaint(self):
        """What an emulator that has ended said on its own standard error."""
        if self.process is None or self.process.stderr is None or self.process.poll() is None:
            return ""
        return self.process.stderr.read().decode(errors="replace").strip()

    def stop(self):
        self.stopping = True
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.reader is not None:
                self.reader.join(5)
        if self.socket is not None:
            self.socket.close()
        if self.coverage and self.build.name == "coverage" and (self.directory / "ram").exists():
            gcov.gather(self.build / "kernel", self.directory / "ram", self.coverage)
        if self.directory is not None:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
