"""bh: the commands, one file for each subject; importing one registers what it has."""
from . import ipc, locks, log, machine, memory, processes, stack, unwind, user
