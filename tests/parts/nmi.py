"""nmi/NAME: an NMI at every edge of the ways into the kernel and back, one instruction at a time.

tests/user/nmi_target.c runs as process 1. QEMU's GDB stub stops the machine at an entry; then, at each instruction
outside of C: QMP injects an NMI, the machine must arrive at the NMI's stub having saved exactly this RIP, and be back
with no register changed (all that the stub shows, GS bases and control registers included). Afterwards the program,
which checks its own registers all the while, must go on.
"""
import json
import os
import re
import socket
import struct
import subprocess
import time

import archive
import machine
from common import ROOT, Failure, Single, Skip, tail

TARGET = ROOT / "build/user/tests/nmi_target"
KERNEL = ROOT / "build/test/kernel"
SECONDS = 120     # for the machine to get anywhere
EDGES_MAX = 400   # of one way; a way that does not end is a fault of this file
VECTOR_NMI, VECTOR_PF = 2, 14
# Offsets in the block of registers that the stub sends (QEMU: gdb-xml/i386-64bit.xml).
RSP, RIP, CS, CR2 = 7 * 8, 16 * 8, 16 * 8 + 8 + 4, 16 * 8 + 8 + 4 + 6 * 4 + 4 * 8


class Gdb:
    """As much of GDB's remote protocol as is needed."""

    def __init__(self, path):
        self.socket = connect(path)
        self.buffer = b""
        self.send("?")
        self.send("qC")
        while not self.receive().startswith("QC"):  # it also says, unasked, that the machine has stopped
            pass

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))

    def receive(self):
        while not (match := re.search(rb"\$([^#]*)#..", self.buffer)):
            data = self.socket.recv(65536)
            if not data:
                raise Failure("QEMU's GDB stub is gone")
            self.buffer += data
        self.buffer = self.buffer[match.end():]
        return match[1].decode()

    def ask(self, text):
        self.send(text)
        return self.receive()

    def must(self, text):
        answer = self.ask(text)
        if answer.startswith("E") or not answer:
            raise Failure(f"QEMU's GDB stub answered {answer!r} to {text}")
        return answer

    def registers(self):
        return bytes.fromhex(self.must("g"))

    def word(self, address):
        return struct.unpack("<Q", bytes.fromhex(self.must(f"m{address:x},8")))[0]

    def run(self, command="c"):
        """Continues or steps; returns the registers at the next stop."""
        answer = self.ask(command)
        if not answer.startswith(("T05", "S05")):
            raise Failure(f"the machine stopped with {answer!r} after {command!r}")
        return self.registers()

    def run_to(self, *addresses):
        for address in addresses:
            self.must(f"Z0,{address:x},1")
        found = self.run()
        for address in addresses:
            self.must(f"z0,{address:x},1")
        return found


class Qmp:
    def __init__(self, path):
        self.file = connect(path).makefile("rw", encoding="utf-8")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name):
        self.file.write(json.dumps({"execute": name}) + "\n")
        self.file.flush()
        while "return" not in (answer := json.loads(self.file.readline())):
            if "error" in answer:
                raise Failure(f"QMP {name}: {answer['error']['desc']}")


def connect(path):
    end = time.monotonic() + SECONDS
    while True:
        try:
            found = socket.socket(socket.AF_UNIX)
            found.settimeout(SECONDS)
            found.connect(str(path))
            return found
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def rip(registers):
    return struct.unpack_from("<Q", registers, RIP)[0]


def rsp(registers):
    return struct.unpack_from("<Q", registers, RSP)[0]


def cr3(registers):
    return struct.unpack_from("<Q", registers, CR2 + 8)[0]


def from_ring3(registers):
    return struct.unpack_from("<I", registers, CS)[0] & 3 == 3


def changed(before, after):
    if from_ring3(before):  # where other processes may run in between, CR2 is anybody's
        after = after[:CR2] + before[CR2:CR2 + 8] + after[CR2 + 8:]
    words = len(before) // 8
    names = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
    for n in range(words):
        if before[8 * n:8 * n + 8] != after[8 * n:8 * n + 8]:
            name = names[n] if n < len(names) else f"byte {8 * n} of the stub's block"
            return f"{name}: {before[8 * n:8 * n + 8][::-1].hex()} became {after[8 * n:8 * n + 8][::-1].hex()}"
    return None


class Stepper:
    def __init__(self, vm):
        nm = subprocess.run([os.environ.get("NM", "nm"), KERNEL], capture_output=True, text=True, check=True).stdout
        self.symbols = {name: int(address, 16) for address, name in re.findall(r"^(\w+) \w (\S+)$", nm, re.M)}
        self.qmp = Qmp(vm.directory / "qmp.sock")
        self.gdb = Gdb(vm.directory / "gdb.sock")
        self.nmi = self.stub(VECTOR_NMI)
        self.edges = set()

    def stub(self, vector):
        return self.gdb.word(self.symbols["interrupt_stubs"] + 8 * vector)

    def where(self, address):
        below = [(at, name) for name, at in self.symbols.items() if at <= address and not name.startswith("__")]
        value, name = max(below, default=(0, "?"))
        return f"{address:#x} ({name}+{address - value:#x})"

    def in_entry(self, address):
        return self.symbols["__entry_text_start"] <= address < self.symbols["__entry_text_end"]

    def edge(self, before):
        """One NMI here."""
        here = rip(before)
        self.qmp.command("inject-nmi")
        self.gdb.must(f"Z0,{here:x},1")
        stopped = self.gdb.run_to(self.nmi)
        if rip(stopped) != self.nmi:
            raise Failure(f"expected its stub, stopped at {self.where(rip(stopped))}")
        saved = self.gdb.word(rsp(stopped))
        if saved != here:
            raise Failure(f"its frame says {self.where(saved)}")
        after = self.gdb.run()
        # The NMI leaves through the same code; and in ring 3 another process may come by first.
        for _ in range(1000):
            if (rip(after), rsp(after), cr3(after)) == (here, rsp(before), cr3(before)):
                break
            self.gdb.run("s")
            after = self.gdb.run()
        self.gdb.must(f"z0,{here:x},1")
        if wrong := changed(before, after):
            raise Failure(f"it changed {wrong}")
        self.edges.add(here)

    def walk(self, start, wanted=lambda registers: True):
        """From the next arrival at `start` that is wanted, over each instruction of the entry code, until it leaves
        that code other than for C; the last edge is in ring 3, or where the event came from."""
        for _ in range(50):
            registers = self.gdb.run_to(start)
            if wanted(registers):
                break
            self.gdb.run("s")
        else:
            raise Failure(f"no event of the wanted kind came to {self.where(start)}")
        for _ in range(EDGES_MAX):
            try:
                self.edge(registers)
            except (Failure, OSError) as failure:
                raise Failure(f"an NMI at {self.where(rip(registers))}: {failure}") from failure
            if not self.in_entry(rip(registers)):
                return
            call = rip(registers)
            registers = self.gdb.run("s")
            if not self.in_entry(rip(registers)) and not from_ring3(registers) and self.is_call(call, registers):
                back = self.gdb.word(rsp(registers))
                registers = self.gdb.run_to(back)
        raise Failure(f"{EDGES_MAX} instructions from {self.where(start)} on, and no end")

    def is_call(self, at, after):
        """Did the instruction at `at` push its successor?"""
        pushed = self.gdb.word(rsp(after))
        return at < pushed <= at + 8


def wait_rounds(vm, more):
    """The program has said so many times more that it goes on."""
    end, wanted = time.monotonic() + SECONDS, vm.log.count(b"rounds ") + more
    while vm.log.count(b"rounds ") < wanted:
        if vm.process.poll() is not None or time.monotonic() > end:
            raise Failure(f"expected rounds of nmi_target within {SECONDS} s\n{tail(vm.log)}")
        time.sleep(0.02)


def walk_all(vm):
    step = Stepper(vm)
    fault = step.stub(VECTOR_PF)
    saved_cs = lambda registers: step.gdb.word(rsp(registers) + 16) & 3
    step.walk(step.symbols["syscall_entry"])
    step.walk(fault, lambda registers: saved_cs(registers) == 3)
    step.walk(fault, lambda registers: saved_cs(registers) == 0)
    step.walk(step.symbols["trap_return"])
    step.walk(step.symbols["syscall_entry"])
    step.gdb.send("D")
    return step


def edges():
    if os.environ.get("ACCEL", "tcg") != "tcg":
        raise Skip("single steps that hold NMIs back are TCG's")
    content = archive.build({"bin/init": TARGET})
    extra = ["-chardev", "socket,id=gdb,path=gdb.sock,server=on,wait=off", "-gdb", "chardev:gdb",
             "-qmp", "unix:qmp.sock,server=on,wait=off"]
    with machine.Machine("test", content, extra=extra) as vm:
        vm.start()
        wait_rounds(vm, 1)
        try:
            step = walk_all(vm)
        except (Failure, OSError) as failure:
            raise Failure(f"{failure}\n{tail(vm.log)}") from failure
        for _ in range(300):
            step.qmp.command("inject-nmi")
        wait_rounds(vm, 3)
        log = bytes(vm.log)
    if b"FAILED" in log or b"PANIC" in log:
        raise Failure(f"the program or the kernel was damaged\n{tail(log)}")
    if len(step.edges) < 80:
        raise Failure(f"expected 80 instructions or more with an NMI, actual {len(step.edges)}")


def jobs():
    return [Single("nmi/edges", edges, 3)]
