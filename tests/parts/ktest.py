"""ktest/NAME: the in-kernel suite, one boot; its KTAP comes over COM1."""
import re
import time

import machine
from common import ROOT, Failure, Job, tail

SECONDS = {"qemu": 180, "bochs": 420}
SUMMARY = re.compile(rb"^# ktest: \d+ passed, \d+ failed", re.M)


def sources():
    """{name: "file:line"} of every KTEST in the tree: what the kernel must report, no less."""
    found = {}
    for path in sorted((ROOT / "tests/kernel").glob("*.c")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := re.match(r"KTEST\((\w+)\)", line):
                found[match[1]] = f"tests/kernel/{path.name}:{number}"
    return found


class Ktap:
    """What a log says: the plan, each result with the lines before it, and which test was running at its end."""

    def __init__(self, log):
        self.plan, self.running, self.results, notes = None, None, {}, []
        for line in log.decode(errors="replace").replace("\r", "").splitlines():
            result = re.match(r"(not )?ok \d+ (\w+)(?: # SKIP ?(.*))?", line)
            if match := re.fullmatch(r"1\.\.(\d+)", line):
                self.plan = int(match[1])
            elif match := re.match(r"# running (\w+)", line):
                self.running, notes = match[1], []
            elif result:
                outcome = "FAIL" if result[1] else "ok" if result[3] is None else "skip"
                self.results[result[2]] = (outcome, result[3] if outcome == "skip" else "\n".join(notes))
                self.running = None
            else:
                notes.append(line)


def boot(words, emulator="qemu", build="test", echo=None, **how):
    """(log, how it ended: "" for as it should). The suite ends the machine itself; Bochs is ended from here."""
    content = (ROOT / "build/archive.cpio").read_bytes()
    limit = SECONDS[emulator]
    with machine.Machine(build, content, words, emulator=emulator, echo=echo, **how) as vm:
        vm.start()
        deadline = time.monotonic() + limit
        while not vm.wait(0.05):
            if SUMMARY.search(vm.log):
                if emulator == "bochs" or vm.wait(60):
                    break
                return bytes(vm.log), "the suite reported, but the machine did not stop within 60 s"
            if time.monotonic() > deadline:
                return bytes(vm.log), f"no end within {limit} s"
        log = bytes(vm.log)
        if not SUMMARY.search(log):
            return log, f"the machine ended before the suite did {vm.complaint()}".rstrip()
        return log, ""


def problem(log, ended, expected):
    """The boot as a whole: None, or what is wrong with it."""
    ktap = Ktap(log)
    if ended:
        where = f" in test {ktap.running}" if ktap.running else ""
        return f"{ended}{where}; {len(ktap.results)} of {ktap.plan or '?'} results\n{tail(log)}"
    if ktap.plan != len(ktap.results):
        return f"planned {ktap.plan}, reported {len(ktap.results)}\n{tail(log)}"
    missing = sorted(set(expected) - set(ktap.results))
    if missing:
        return f"in the sources but not in the report: {' '.join(missing)}\n{tail(log)}"
    return None


class KtestJob(Job):
    weight = 5

    def names(self):
        return [f"ktest/{name}" for name in sources()] + ["ktest/boot"]

    def run(self, report, wanted):
        known = sources()
        tests = {name.split("/", 1)[1] for name in wanted} - {"boot"}
        alone = min(tests) if len(tests) == 1 and "ktest/boot" not in wanted else None
        started = time.monotonic()
        log, ended = boot([f"ktest={alone}" if alone else "ktest"])
        results = Ktap(log).results
        for name in sorted(tests & set(results)):
            outcome, notes = results[name]
            if outcome == "FAIL":
                notes = f"{known[name]}\n{notes}"
            report.add(f"ktest/{name}", outcome, notes)
        wrong = problem(log, ended, tests)
        if running := Ktap(log).running:
            if running in tests:
                report.add(f"ktest/{running}", "FAIL", f"{known.get(running, '?')}\nstopped the machine: {wrong}")
        if wrong and len(tests - set(results)) <= 3:
            for name in sorted(tests - set(results)):
                report.add(f"ktest/{name}", "FAIL", f"{known[name]}\nno result: {wrong}")
        if "ktest/boot" in wanted:
            report.add("ktest/boot", "FAIL" if wrong else "ok", wrong or "", time.monotonic() - started)


def on_configuration(**how):
    """The whole suite on another machine, as one case."""
    return judge(*boot(how.pop("words", []) + ["ktest"], **how))


def judge(log, ended):
    """The results of a boot of the whole suite, if all is well with it."""
    wrong = problem(log, ended, sources())
    if wrong:
        raise Failure(wrong)
    results = Ktap(log).results
    bad = [f"{name}: {notes}" for name, (outcome, notes) in results.items() if outcome == "FAIL"]
    if bad:
        raise Failure("\n".join(bad))
    return results
