"""bh queues: message queues and pipes, what is in them, who has them open and who waits."""
from . import kernel as k
from . import waits
from .command import command, want
from .files import message_queues, open_pipes


def pids(threads):
    return " ".join(str(int(k.at("struct thread", thread)["tid"])) for thread in threads) or "-"


def waiting(queue, member, what):
    return pids(thread for waiter in k.entries(queue[member], "struct mq_waiter", "link", what)
                for thread in waits.sleepers(waiter["sleep"], what))


def holders(found):
    return " ".join(f"{pid}:{fd}{'w' if writes else 'r'}" for pid, fd, writes in found.holders) or "-"


def show_queue(found):
    q = found.value
    name = k.text(q["name"])
    linked = k.u64(q["name_link"]["next"]) != k.u64(q["name_link"].address)
    print(f"queue /{name}{'' if linked else ' (unlinked)'}: {int(q['count'])} of {int(q['maxmsg'])} messages, "
          f"at most {int(q['msgsize'])} bytes each; receivers wait: {waiting(q, 'receivers', name)}; "
          f"senders wait: {waiting(q, 'senders', name)}; open: {holders(found)}")
    for m in k.entries(q["messages"], "struct message", "link", f"messages of /{name}"):
        print(f"    priority {int(m['priority'])}, {int(m['length'])} bytes, from pid {int(m['sender']['pid'])}")


def show_pipe(found):
    p = found.value
    filled = k.u64(p["write_at"]) - k.u64(p["read_at"])
    frames = sum(1 for n in range(p["slots"].type.range()[1] + 1) if k.u64(p["slots"][n]["v"]))
    number = f"pipe {int(p['ino'])}"
    for end, name in enumerate(("read", "write")):
        if p["open"][end] and not any(writes == bool(end) for _, _, writes in found.holders):
            k.note(f"{number}: its {name} end is open, but no process has a descriptor for it")
    ends = ("", ", no reader")[not p["open"][0]] + ("", ", no writer")[not p["open"][1]]
    busy = (", a read is under way" if p["reading"] else "") + (", a write is under way" if p["writing"] else "")
    print(f"{number}: {filled} bytes in {frames} frames{ends}{busy}; "
          f"readers wait: {pids(waits.sleepers(p['readers'], number))}; "
          f"writers wait: {pids(waits.sleepers(p['writers'], number))}; "
          f"for their turn: {pids(waits.sleepers(p['turns'], number))}; open: {holders(found)}")


@command("queues", "bh queues", "message queues and pipes. `open` lists PID:DESCRIPTOR and r or w.")
def queues(words):
    want(words, 0, 0, "bh queues")
    all_queues, all_pipes = message_queues(), open_pipes()
    for found in all_queues:
        show_queue(found)
    for found in all_pipes:
        show_pipe(found)
    if not all_queues and not all_pipes:
        print("no message queue and no pipe")
