#!/usr/bin/env python3
"""Runs programs of behaviours natively, then inside an enclave, and tells where the two differ.

    run.py [--farl build/bin/farl | --native-only] [--json] [--only NAME] build/bin/behaviours/files ...

A behaviour that fails natively is a broken test. One that passes natively and gives anything else in the enclave
(another verdict, another fact said, another exit status, a crash, a hang) is a difference, and differences are bugs:
there is no list of known ones.
"""
import argparse
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.runner import die_with_parent  # noqa: E402

# Of the programs that stand in for the farl command, which choose by it what they start.
PASSED_ON = {name: os.environ[name] for name in ("FARL_BIN",) if name in os.environ}
SILENCE_LIMIT = {"native": 20, "enclave": 60}


@dataclass
class Outcome:
    """What one behaviour did: its verdict, what it said, and how its process ended if that is its point."""

    verdict: str = "nothing"
    detail: str = ""
    said: list = field(default_factory=list)

    def comparable(self):
        return (self.verdict, self.detail, self.said)

    def text(self):
        parts = [self.verdict + (": " + self.detail if self.detail else "")]
        return "; ".join(parts + [f"said {line}" for line in self.said])


def describe_status(status):
    if status >= 0:
        return f"exit {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


class Runner:
    def __init__(self, kind, prefix, silence_limit, place=None):
        self.kind = kind
        self.prefix = prefix
        self.silence_limit = silence_limit
        # The file system that behaviours work in. The host does not see what the enclave has there.
        self.place = place if kind == "native" else None
        self.variables = {"FARL_BEHAVIOURS_IN": place} if place and kind != "native" else {}

    def run(self, program, names, ending):
        outcomes = {}
        for name in ending:
            outcomes[name] = self.run_ending(program, name)
        remaining = list(names)
        while remaining:
            started = self.run_some(program, remaining, outcomes)
            if not started:
                break
            remaining = remaining[remaining.index(started) + 1:]
        for name in names:
            outcomes.setdefault(name, Outcome("not run"))
        return outcomes

    def run_ending(self, program, name):
        found = {}
        status, errors, timed_out = self.execute(program, [name], found)
        outcome = found.get(name, Outcome())
        end = "hung" if timed_out else describe_status(status)
        if outcome.verdict == "FAIL":
            outcome.detail += f" ({end})"
            return outcome
        outcome.verdict, outcome.detail = "ended", end
        return outcome

    def run_some(self, program, names, outcomes):
        """Runs names in one process. Returns the last one that started, with its outcome recorded whatever happened."""
        found = {}
        status, errors, timed_out = self.execute(program, names, found)
        outcomes.update(found)
        if not found:
            outcomes[names[0]] = Outcome("did not start", f"{describe_status(status)} {errors}".strip())
            return names[0]
        last = next(reversed(found))
        if found[last].verdict == "nothing":
            how = f"no output for {self.silence_limit} s" if timed_out else describe_status(status)
            found[last].verdict = "HANG" if timed_out else "CRASH"
            found[last].detail = f"{how} {errors}".strip()
        else:
            expected = 1 if any(found[name].verdict == "FAIL" for name in found) else 0
            if timed_out or status != expected or last != names[-1]:
                found[last].verdict = "BAD END"
                found[last].detail = "the program does not end" if timed_out else describe_status(status)
        return last

    def execute(self, program, names, found):
        directory = tempfile.mkdtemp(prefix="farl-behaviours-", dir=self.place)
        with tempfile.TemporaryFile() as errors:
            try:
                process = subprocess.Popen(
                    self.prefix + [program] + names, cwd=directory, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=errors, start_new_session=True, preexec_fn=die_with_parent,
                    env={"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C", "FARL_BEHAVIOURS": "1",
                         **PASSED_ON, **self.variables})
                timed_out = self.follow(process, found)
                status = process.wait()
            finally:
                shutil.rmtree(directory, ignore_errors=True)
            errors.seek(0)
            return status, last_line(errors.read().decode(errors="replace")), timed_out

    def follow(self, process, found):
        """Reads the program's lines until it ends. True if it had to be killed because it fell silent."""
        buffered = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(self.silence_limit):
                    kill_group(process)
                    return True
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    return self.outlived_its_output(process)
                *lines, buffered = (buffered + data).split(b"\n")
                for line in lines:
                    record(line.decode(errors="replace"), found)

    def outlived_its_output(self, process):
        try:
            process.wait(self.silence_limit)
            return False
        except subprocess.TimeoutExpired:
            kill_group(process)
            return True


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def record(line, found):
    kind, _, rest = line.partition(" ")
    name, _, detail = rest.partition(": ")
    if kind == "run":
        found[name] = Outcome()
    elif kind in ("ok", "FAIL", "skip") and name in found:
        found[name].verdict, found[name].detail = kind, detail
    elif kind == "say" and name in found:
        found[name].said.append(detail)


def list_behaviours(program):
    listing = subprocess.run([program, "--list"], capture_output=True, text=True, check=True, timeout=20).stdout
    ordinary, ending = [], []
    for line in listing.splitlines():
        name, _, remark = line.partition(" ")
        (ending if remark else ordinary).append(name)
    return ordinary, ending


def judge(native, enclave):
    """One of: ok, skip, broken (the test itself), different."""
    if native.verdict not in ("ok", "skip", "ended"):
        return "broken"
    if enclave is not None and enclave.comparable() != native.comparable():
        return "different"
    return "skip" if native.verdict == "skip" else "ok"


def run_program(program, options):
    ordinary, ending = list_behaviours(program)
    if options.only:
        ordinary = [name for name in ordinary if name in options.only]
        ending = [name for name in ending if name in options.only]
    ordinary = [name for name in ordinary if name not in options.without]
    limit = options.silence_limit
    native = Runner("native", [], limit or SILENCE_LIMIT["native"], options.place).run(program, ordinary, ending)
    inside = {}
    if not options.native_only:
        prefix = [options.farl, "run", *options.farl_option, "--"]
        inside = Runner("enclave", prefix, limit or SILENCE_LIMIT["enclave"], options.inside or options.place).run(program, ordinary, ending)
    results = []
    for name in ordinary + ending:
        result = {"name": name, "verdict": judge(native[name], inside.get(name)), "native": native[name].text()}
        if name in inside:
            result["enclave"] = inside[name].text()
        results.append(result)
    return results


def print_results(family, results, seconds, quiet):
    for result in results:
        verdict, name = result["verdict"], result["name"]
        if verdict == "different":
            print(f"DIFFERENT {name}\n    native:  {result['native']}\n    enclave: {result['enclave']}")
        elif verdict == "broken":
            print(f"BROKEN    {name}\n    native:  {result['native']}")
        elif not quiet:
            print(f"{verdict:9} {name}" + (f" ({result['native']})" if verdict == "skip" else ""))
    count = {verdict: sum(r["verdict"] == verdict for r in results) for verdict in ("ok", "skip", "different", "broken")}
    print(f"{family}: {count['ok']} ok, {count['different']} different, {count['broken']} broken, "
          f"{count['skip']} skipped, {seconds:.1f} s", flush=True)


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", help="programs of behaviours (build/bin/behaviours/*)")
    parser.add_argument("--farl", default="build/bin/farl", help="the farl command (default: build/bin/farl)")
    parser.add_argument("--farl-option", action="append", default=[], metavar="OPTION", help="passed on to farl run")
    parser.add_argument("--in", dest="place", metavar="DIRECTORY", help="a directory that is there natively and inside, for "
                        "behaviours to work in: /dev/shm")
    parser.add_argument("--inside", metavar="DIRECTORY", help="the same, of the enclave only")
    parser.add_argument("--native-only", action="store_true", help="do not run anything in an enclave")
    parser.add_argument("--only", action="append", metavar="NAME", help="run this behaviour only (may be repeated)")
    parser.add_argument("--without", action="append", default=[], metavar="NAME",
                        help="a behaviour that what is run through cannot have by design (may be repeated)")
    parser.add_argument("--silence-limit", type=float, metavar="SECONDS", help="when a silent program counts as hung")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--quiet", action="store_true", help="do not list what is fine")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse_options(arguments)
    if not options.native_only and not os.access(options.farl, os.X_OK):
        sys.exit(f"run.py: there is no program {options.farl}; build it, or use --native-only")
    for program in options.programs:
        if not os.access(program, os.X_OK):
            sys.exit(f"run.py: there is no program {program}; build the target `behaviours`")
    options.farl = os.path.abspath(options.farl)
    everything = {}
    for program in options.programs:
        started = time.monotonic()
        family = Path(program).name
        everything[family] = run_program(os.path.abspath(program), options)
        if not options.json:
            print_results(family, everything[family], time.monotonic() - started, options.quiet)
    if options.json:
        json.dump(everything, sys.stdout, indent=1)
        print()
    results = [result for family in everything.values() for result in family]
    if not results:
        sys.exit("run.py: no behaviour was run")
    return 1 if any(result["verdict"] in ("different", "broken") for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
