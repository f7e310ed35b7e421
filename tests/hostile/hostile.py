"""Runs a victim, or any program, behind the real command and the real enclave with the hostile launcher between them."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from dataclasses import dataclass

from tests.support.runner import die_with_parent

BIN = os.path.abspath(os.environ.get("FARL_BIN", "build/bin"))
HOSTILE = os.path.abspath(os.environ.get("FARL_HOSTILE", "build/tests/hostile"))
VICTIM = os.path.join(HOSTILE, "victim")
SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIME_LIMIT_SECONDS = 240  # a victim takes a second; on a machine that others use, much longer

FARL_FAILED = 125  # Farl's own exit status


@dataclass(frozen=True)
class Outcome:
    status: int  # minus the signal that killed it; None if it did not end
    output: str
    errors: str
    report: list

    def __str__(self):
        return f"status {self.status}\n{self.output[-2000:]}\n{self.errors[-2000:]}\nreport: {self.report[-20:]}"


def attack(script, *program, options=(), attests=False):
    """One run under the attack that `script` names, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="farl-hostile-") as directory:
        install(directory, script)
        work = os.path.join(directory, "work")
        os.mkdir(work)
        # What an attested start adds is attacked in tests/attest, but for volumes.
        way = () if attests else ("--attest", "none")
        command = [os.path.join(directory, "farl"), "run", "--quiet", *way, *options, "--", *program]
        # Never the C library's random place for it: a hung victim is ended by its own process id.
        process = subprocess.Popen(command, cwd=work, env={**os.environ, "XDG_DATA_HOME": os.path.join(directory, "home")}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="replace", preexec_fn=die_with_parent)
        try:
            output, errors = process.communicate(timeout=TIME_LIMIT_SECONDS)
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            status = None
        return Outcome(status, output, errors, read_lines(os.path.join(directory, "report")))


def install(directory, script):
    """The command finds the launcher and the enclave beside itself; links to itself it would follow."""
    shutil.copy2(os.path.join(BIN, "farl"), directory)
    os.symlink(os.path.join(HOSTILE, "hostile-launcher"), os.path.join(directory, "farl-launcher"))
    for name in ("farl-enclave", "farl-enclave.sigstruct", "farl-cas"):
        os.symlink(os.path.join(BIN, name), os.path.join(directory, name))
    with open(os.path.join(directory, "script"), "w", encoding="utf-8") as file:
        file.write(script)


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


@dataclass(frozen=True)
class HostCall:
    name: str
    kind: str  # Status, Count, Descriptor, Number; Farl for those of our own protocol
    scenario: str


def host_calls():
    """The table of calls.def."""
    with open(os.path.join(SOURCES, "tests/hostile/calls.def"), encoding="utf-8") as file:
        text = file.read()
    linux = [HostCall(*match) for match in re.findall(r"^CALL\((\w+), (\w+), -?\d+, (\w+)\)", text, re.M)]
    farl = [HostCall(name, "Farl", scenario) for name, scenario in re.findall(r"^FARL\((\w+), (\w+)\)", text, re.M)]
    return linux + farl


class HostileTest(unittest.TestCase):
    maxDiff = 2000

    def assert_unharmed(self, outcome, what):
        """The victim saw nothing that it should not, and ended by itself."""
        self.assertEqual(outcome.status, 0, f"{what}: {outcome}")
        self.assertNotIn("HARMED", outcome.output, what)
        self.assert_known_calls(outcome, what)

    def assert_ended(self, outcome, what):
        """The enclave gave up as documented: Farl's exit status and a line that says so."""
        self.assertEqual(outcome.status, FARL_FAILED, f"{what}: {outcome}")
        self.assertRegex(outcome.errors, r"(?m)^farl: ", what)
        self.assertNotIn("HARMED", outcome.output, what)

    def assert_known_calls(self, outcome, what):
        unknown = [line for line in outcome.report if line.startswith("unknown")]
        self.assertEqual(unknown, [], f"{what}: host calls that calls.def does not list")
