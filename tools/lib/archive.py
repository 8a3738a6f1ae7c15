"""The boot archive: what cpio(1) makes of a staged tree, and the trailer of kernel/abi/channel.h."""
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib

TRAILER_MAGIC = b"BHCRC32\0"


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
    return seal(made.stdout)


def seal(cpio):
    """Pads to 4 bytes and adds the trailer."""
    cpio += bytes(-len(cpio) % 4)
    return cpio + TRAILER_MAGIC + struct.pack("<II", len(cpio), zlib.crc32(cpio))
