#!/usr/bin/env python3
"""Tests of run.py itself: that it sees each kind of difference, and blames the right behaviour for it."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUN = Path(__file__).with_name("run.py")

# A family in the protocol of tests/support/behaviour.c. INSIDE is set by the stand-in for farl.
FAMILY = """#!/bin/bash
names="one two three last"
if [ "$1" = --list ]; then printf '%s\\n' $names "ending (ends the process)"; exit 0; fi
for name in "$@"; do
  echo "run $name"
  verdict=ok detail= ; {action}
  if [ "$name" = ending ]; then exit ${{ENDING:-3}}; fi
  echo "$verdict $name$detail"
  if [ $verdict = FAIL ]; then status=1; fi
done
exit $status
"""
FARL = """#!/bin/bash
while [ "$1" != -- ]; do shift; done
shift
INSIDE=1 exec "$@"
"""


class RunTest(unittest.TestCase):
    def verdicts(self, action, *options):
        with tempfile.TemporaryDirectory() as directory:
            family, farl = Path(directory, "family"), Path(directory, "farl")
            for path, text in ((family, FAMILY.format(action=action)), (farl, FARL)):
                path.write_text(text)
                path.chmod(0o755)
            done = subprocess.run([sys.executable, RUN, "--farl", farl, "--silence-limit", "1", "--json", *options, family],
                                  capture_output=True, text=True, timeout=60)
            results = json.loads(done.stdout)["family"]
            self.enclave = {result["name"]: result.get("enclave") for result in results}
            return {result["name"]: result["verdict"] for result in results}, done.returncode

    def expect_only_two(self, verdict, action):
        verdicts, status = self.verdicts(action)
        expected = dict.fromkeys(("one", "three", "last", "ending"), "ok") | {"two": verdict}
        self.assertEqual(verdicts, expected)
        self.assertEqual(status, 1)

    def test_all_is_well_when_both_agree(self):
        verdicts, status = self.verdicts(":")
        self.assertEqual(set(verdicts.values()), {"ok"})
        self.assertEqual(status, 0)

    def test_a_failure_inside_is_a_difference(self):
        self.expect_only_two("different", 'if [ "$INSIDE$name" = 1two ]; then verdict=FAIL detail=": why"; fi')

    def test_a_failure_outside_is_a_broken_test(self):
        self.expect_only_two("broken", 'if [ "$name" = two ]; then verdict=FAIL; fi')

    def test_another_saying_inside_is_a_difference(self):
        self.expect_only_two("different", 'if [ "$name" = two ]; then echo "say two: fact $INSIDE"; fi')

    def test_a_crash_is_blamed_on_its_behaviour(self):
        self.expect_only_two("different", 'if [ "$INSIDE$name" = 1two ]; then kill -SEGV $$; fi')
        self.assertIn("SIGSEGV", self.enclave["two"])

    def test_a_hang_is_blamed_on_its_behaviour(self):
        self.expect_only_two("different", 'if [ "$INSIDE$name" = 1two ]; then sleep 100; fi')
        self.assertIn("HANG", self.enclave["two"])

    def test_a_skip_inside_only_is_a_difference(self):
        self.expect_only_two("different", 'if [ "$INSIDE$name" = 1two ]; then verdict=skip; fi')

    def test_another_exit_status_of_the_family_is_a_difference(self):
        verdicts, status = self.verdicts('if [ "$INSIDE" ]; then trap "exit 5" EXIT; fi')
        self.assertEqual((verdicts["last"], verdicts["one"], status), ("different", "ok", 1))

    def test_another_end_of_an_ending_behaviour_is_a_difference(self):
        verdicts, status = self.verdicts('if [ "$INSIDE" ]; then ENDING=4; fi')
        self.assertEqual((verdicts["ending"], verdicts["last"], status), ("different", "ok", 1))

    def test_a_farl_that_cannot_start_makes_every_behaviour_different(self):
        verdicts, status = self.verdicts('if [ "$INSIDE" ]; then exit 9; fi')
        self.assertEqual(set(verdicts.values()), {"different"})

    def test_native_only_runs_nothing_inside(self):
        verdicts, status = self.verdicts('if [ "$INSIDE" ]; then exit 9; fi', "--native-only")
        self.assertEqual((set(verdicts.values()), status), ({"ok"}, 0))


if __name__ == "__main__":
    os.environ.pop("INSIDE", None)
    unittest.main()
