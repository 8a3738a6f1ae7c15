"""GDB commands for Bulkhead: `make debug` loads them, and so does `source tools/gdb/bulkhead.py`. See `help bh`."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bh  # noqa: registers the commands
