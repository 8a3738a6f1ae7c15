"""busybox/NAME: tests/busybox/NAME.sh under Debian's busybox-static, unmodified, here and on Bulkhead, all in one boot.

Output and status must be the same. What goes to standard error is not compared.
"""
import difflib
import re
import shutil

from common import ROOT, Failure, Job, Skip, run, tail, tools_run

CASES = ROOT / "tests/busybox"
SECONDS = 240
FRAME = re.compile(rb"@@ begin (\w+)\n(.*?)@@ end \1 (\d+)\n", re.S)


def program():
    """A busybox that brings its C library along."""
    path = shutil.which("busybox")
    if not path:
        raise Skip("there is no busybox here; `make setup` installs busybox-static")
    with open(path, "rb") as file:
        if b"/ld-linux" in file.read(4096):
            raise Skip(f"{path} is linked dynamically; busybox-static is not")
    return path


def compare(name, here, status, output):
    source = f"tests/busybox/{name}.sh"
    if status != here.returncode:
        raise Failure(f"{source}: status {status} on Bulkhead, {here.returncode} on Linux\n{tail(output)}")
    lines = difflib.unified_diff(here.stdout.decode(errors="replace").splitlines(),
                                 output.decode(errors="replace").splitlines(), "expected (Linux)",
                                 "actual (Bulkhead)", lineterm="", n=1)
    if output != here.stdout:
        raise Failure(f"{source}: other output\n" + "\n".join(list(lines)[:40]))


class BusyboxJob(Job):
    weight = 3

    def names(self):
        return [f"busybox/{path.stem}" for path in sorted(CASES.glob("*.sh"))]

    def run(self, report, wanted):
        busybox = program()
        names = [name.split("/")[1] for name in self.names() if name in wanted]
        script = "; ".join(f"echo '@@ begin {name}'; sh /scripts/{name}.sh; echo '@@ end {name}' $?"
                           for name in names)
        files = [f"--file={CASES / name}.sh=/scripts/{name}.sh" for name in names]
        done = tools_run("--build=test", *files, busybox, "sh", "-c", script, timeout=SECONDS)
        found = {match[1].decode(): (int(match[3]), match[2]) for match in FRAME.finditer(done.stdout)}
        for name in names:
            try:
                own = {"PATH": "/nonesuch"}  # no programs but its own
                here = run([busybox, "sh", CASES / f"{name}.sh"], 60, env=own)
                if name not in found:
                    raise Failure(f"tests/busybox/{name}.sh: no result on Bulkhead, tools/run gave "
                                  f"{done.returncode}\n{tail(done.stdout + done.stderr)}")
                compare(name, here, *found[name])
                report.add(f"busybox/{name}", "ok")
            except Failure as failure:
                report.add(f"busybox/{name}", "FAIL", str(failure))
