"""The frame of an application's tests: comparison with the native run, and skipping what is not installed."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

from tests.support.runner import NATIVE, UNDER_TEST, UNDER_TEST_BY_HOST_CALLS

SKIPPED = 77  # what ctest is told to take for "skipped"
PROGRAMS_VARIABLE = "FARL_TEST_PROGRAMS"


class AppTest(unittest.TestCase):
    maxDiff = 2000

    def directory(self):
        """A fresh directory, gone after the test."""
        made = tempfile.TemporaryDirectory(prefix="farl-apps-")
        self.addCleanup(made.cleanup)
        return made.name

    def background(self, *command):
        """A native client that runs while the test goes on; ended with the test."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        process = NATIVE.start(*command, **pipes)
        for clean_up in (process.stdout.close, process.stdin.close, process.wait, process.kill):
            self.addCleanup(clean_up)
        return process

    def both(self, *command, **options):
        """Runs natively and under test, checks that status and both outputs agree, and returns the outcome."""
        native = NATIVE.run(*command, **options)
        tested = UNDER_TEST.run(*command, **options)
        self.assert_agree(native, tested, command)
        return tested

    def succeeds_in_each_way(self, *command, **options):
        """Like succeeds(), with each way of host calls; one native run serves all."""
        native = NATIVE.run(*command, **options)
        self.assertEqual(native.status, 0, native.errors)
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way):
                self.assert_agree(native, runner.run(*command, **options), command)
        return native

    def assert_agree(self, native, tested, what=""):
        self.assertEqual(tested.status, native.status, f"{what}: status; stderr: {tested.errors}")
        self.assertMultiLineEqual(native.errors, tested.errors, f"{what}: stderr")
        self.assert_same_bytes(native.stdout, tested.stdout, f"{what}: stdout")

    def assert_same_bytes(self, expected, actual, what):
        if expected == actual:
            return
        at = next((i for i, (a, b) in enumerate(zip(expected, actual)) if a != b), min(len(expected), len(actual)))
        window = slice(max(0, at - 80), at + 80)
        self.fail(
            f"{what}: {len(expected)} bytes expected, {len(actual)} seen, different from byte {at} on:\n"
            f"expected ...{expected[window]!r}...\nseen     ...{actual[window]!r}..."
        )

    def succeeds(self, *command, **options):
        """Like both(), and the common status is 0."""
        outcome = self.both(*command, **options)
        self.assertEqual(outcome.status, 0, outcome.errors)
        return outcome


def program(name):
    """The path of a test program that the build made from tests/apps/programs."""
    path = os.path.join(os.environ.get(PROGRAMS_VARIABLE, "build/tests/apps"), name)
    return os.path.abspath(path)


def main(*required):
    """Runs the tests of the calling script; skips them when a required program is not installed."""
    missing = [name for name in required if not shutil.which(name)]
    if missing:
        print(f"skipped: not installed: {', '.join(missing)}")
        sys.exit(SKIPPED)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == len(result.skipped):
        sys.exit(SKIPPED)
