"""The boot archive: what cpio(1) makes of a staged tree, and the trailer of kernel/abi/channel.h."""
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib

TRAILER_MAGIC = b"BHCRC32\0"
HEADER, PAGE = 110, 4096


class Error(Exception):
    pass


def stage(root, name, content):
    """Puts `content` (a path of the host's, or bytes) into the tree at `name`."""
    clean = os.path.normpath("/" + name).lstrip("/")
    if not clean:
        raise Error(f"'{name}' names no file in the archive")
    target = root / clean
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        target.write_bytes(content)
        target.chmod(0o644)
    else:
        shutil.copyfile(content, target)
        runs = os.stat(content).st_mode & 0o111 or is_program(target)
        target.chmod(0o755 if runs else 0o644)


def is_program(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def build(files):
    """files: {name in the archive: path or bytes}. Returns the archive's bytes."""
    date = int(os.environ.get("SOURCE_DATE_EPOCH", "1700000000"))
    with tempfile.TemporaryDirectory(prefix="bulkhead-archive-") as directory:
        root = pathlib.Path(directory)
        for name, content in sorted(files.items()):
            stage(root, name, content)
        names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
        for name in reversed(names):
            path = root / name
            if path.is_dir():
                path.chmod(0o755)
            os.utime(path, (date, date))
        made = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0", "--reproducible"],
                              input="\n".join(names).encode() + b"\n", cwd=root, capture_output=True, check=False)
        if made.returncode != 0:
            raise Error(f"cpio: {made.stderr.decode(errors='replace').strip()}")
    return seal(align(made.stdout))


def align(cpio):
    """Data of a page or more begins on a page, so that the kernel can map it: zeros behind its name make room.

    cpio(5): an entry of the new ASCII format is 110 characters, the name, the data, both padded to 4 bytes.
    """
    out, at = bytearray(), 0
    while True:
        size, name_size = (int(cpio[at + field:at + field + 8], 16) for field in (54, 94))
        name = cpio[at + HEADER:at + HEADER + name_size]
        data = -(-(at + HEADER + name_size) // 4) * 4
        if size >= PAGE:
            name += bytes(-(len(out) + HEADER + name_size) % PAGE)
        out += cpio[at:at + 94] + b"%08X" % len(name) + cpio[at + 102:at + HEADER] + name
        out += bytes(-len(out) % 4)
        at = -(-(data + size) // 4) * 4
        out += cpio[data:at]
        if name.rstrip(b"\0") == b"TRAILER!!!":
            return bytes(out)


def seal(cpio):
    """Pads to 4 bytes and adds the trailer."""
    cpio += bytes(-len(cpio) % 4)
    return cpio + TRAILER_MAGIC + struct.pack("<II", len(cpio), zlib.crc32(cpio))
