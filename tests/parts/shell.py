"""shell/NAME: tests/shell/NAME.sh under the host's sh, with our programs, and under Bulkhead's, all in one boot.

Both must print tests/shell/NAME.out, byte for byte, and end with the status that a line `# status: N` of
the script names (0 without one). What goes to standard error is not compared.
"""
import difflib
import re

from common import ROOT, Failure, Job, run, tail, tools_run

CASES = ROOT / "tests/shell"
SECONDS = 240
FRAME = re.compile(rb"@@ begin (\w+)\n(.*?)@@ end \1 (\d+)\n", re.S)


def status_wanted(name):
    match = re.search(r"^# status: (\d+)$", (CASES / f"{name}.sh").read_text(encoding="utf-8"), re.M)
    return int(match[1]) if match else 0


def compare(name, where, status, output):
    expected = (CASES / f"{name}.out").read_bytes()
    if status != status_wanted(name):
        raise Failure(f"tests/shell/{name}.sh: {where} ends with status {status}, expected {status_wanted(name)}\n"
                      + tail(output))
    if output != expected:
        lines = difflib.unified_diff(expected.decode(errors="replace").splitlines(),
                                     output.decode(errors="replace").splitlines(), "expected", f"actual ({where})",
                                     lineterm="", n=1)
        raise Failure(f"tests/shell/{name}.sh: other output\n" + "\n".join(list(lines)[:40]))


class ShellJob(Job):
    weight = 4

    def names(self):
        return [f"shell/{path.stem}" for path in sorted(CASES.glob("*.sh"))]

    def run(self, report, wanted):
        names = [name.split("/")[1] for name in self.names() if name in wanted]
        script = "; ".join(f"echo '@@ begin {name}'; sh /shell/{name}.sh; echo '@@ end {name}' $?" for name in names)
        files = [f"--file={CASES / name}.sh=/shell/{name}.sh" for name in names]
        done = tools_run("--build=test", *files, ROOT / "build/user/bin/sh", "-c", script, timeout=SECONDS)
        found = {match[1].decode(): (int(match[3]), match[2]) for match in FRAME.finditer(done.stdout)}
        for name in names:
            try:
                here = run(["/bin/sh", CASES / f"{name}.sh"], 60, env={"PATH": str(ROOT / "build/user/bin")})
                compare(name, "the host's sh", here.returncode, here.stdout)
                if name not in found:
                    raise Failure(f"tests/shell/{name}.sh: no result on Bulkhead, tools/run gave {done.returncode}\n"
                                  + tail(done.stderr))
                compare(name, "Bulkhead", *found[name])
                report.add(f"shell/{name}", "ok")
            except Failure as failure:
                report.add(f"shell/{name}", "FAIL", str(failure))
