"""The host's end of the run channel (kernel/abi/channel.h, whose numbers are read from that file)."""
import os
import struct
import threading

import machine

TYPES = machine.constants("kernel/abi/channel.h")
MAX = TYPES["CHANNEL_MAX"]
MAGIC = b"BULKHEAD"
READY = bytes([TYPES["CHANNEL_READY"]]) + struct.pack("<H", len(MAGIC)) + MAGIC
FROM_KERNEL = {TYPES[name]: name for name in
               ("CHANNEL_READY", "CHANNEL_OUTPUT", "CHANNEL_ERROR", "CHANNEL_STATUS", "CHANNEL_PANIC")}


class Broken(Exception):
    """The other end sent what the protocol does not know."""


class Channel:
    def __init__(self, sock):
        self.socket = sock
        self.buffer = bytearray()
        self.lock = threading.Lock()  # one frame is sent whole: input and window size come from two threads

    def fill(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def wait_ready(self):
        """Skips noise up to READY. False: the machine ended before."""
        while (at := self.buffer.find(READY)) < 0:
            del self.buffer[:-len(READY)]
            if not self.fill():
                return False
        del self.buffer[:at + len(READY)]
        return True

    def receive(self):
        """(name of the type, payload), or None where the machine has ended."""
        while True:
            if len(self.buffer) >= 3:
                kind, length = struct.unpack_from("<BH", self.buffer)
                if kind not in FROM_KERNEL or length > MAX:
                    raise Broken(f"the run channel is out of step: type {kind:#x}, length {length}")
                if len(self.buffer) >= 3 + length:
                    payload = bytes(self.buffer[3:3 + length])
                    del self.buffer[:3 + length]
                    return FROM_KERNEL[kind], payload
            if not self.fill():
                return None

    def send(self, name, payload=b""):
        with self.lock:
            self.socket.sendall(struct.pack("<BH", TYPES[name], len(payload)) + payload)

    def hello(self, mask, rows, columns):
        self.send("CHANNEL_HELLO", struct.pack("<BHH", mask, rows, columns))

    def resize(self, rows, columns):
        self.send("CHANNEL_SIZE", struct.pack("<HH", rows, columns))

    def forward(self, fd):
        """Sends what can be read from fd, and its end. For a thread: it blocks on both sides."""
        try:
            while data := os.read(fd, MAX):
                self.send("CHANNEL_INPUT", data)
        except OSError:  # not readable, or the machine has ended
            pass
        try:
            self.send("CHANNEL_END")
        except OSError:
            pass
