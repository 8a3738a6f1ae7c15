"""How a command is made: `@command("ps", "bh ps", "what it does")` over a function that gets the words typed.

Whatever goes wrong is one line: a command may read memory that is damaged, and must not end in a Python trace.
"""
import gdb


class Prefix(gdb.Command):
    """Bulkhead's own commands: what the kernel knows, read from its memory while the machine is stopped."""

    def __init__(self):
        super().__init__("bh", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Trouble(Exception):
    """What stops a command; its text is one clear line."""


notes = []  # lines about what was found damaged on the way; printed behind a command's output


def note(text):
    if text not in notes:
        notes.append(text)


def require_kernel():
    try:
        int(gdb.parse_and_eval("cpu_count"))
    except gdb.MemoryError:
        raise Trouble("the kernel's memory cannot be read: it has not started yet, or CR3 is wrong "
                      "(bh pte works all the same)") from None


def register(name, usage, text, function, early):
    class Command(gdb.Command):
        __doc__ = f"{usage}: {text}"

        def __init__(self):
            super().__init__(f"bh {name}", gdb.COMMAND_DATA)

        def invoke(self, argument, _from_tty):
            notes.clear()
            try:
                if not early:
                    require_kernel()
                function(gdb.string_to_argv(argument))
            except (Trouble, gdb.error, RuntimeError, ValueError, KeyError, OSError, RecursionError) as error:
                raise gdb.GdbError(f"bh {name}: {first_line(error)}") from None
            finally:
                for line in notes:
                    print(f"note: {line}")

    Command()


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def command(name, usage, text, early=False):
    """early: it can do something before the kernel has started."""
    def decorate(function):
        register(name, usage, text, function, early)
        return function
    return decorate


def want(words, least, most, usage):
    if not least <= len(words) <= most:
        raise Trouble(f"usage: {usage}")


Prefix()
