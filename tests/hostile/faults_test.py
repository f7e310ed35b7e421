"""Exceptions that did not happen: signals that look like them, claims of the host, pages that it takes away."""

import os
import re
import signal
import subprocess
import unittest

from tests.hostile.hostile import BIN, VICTIM, HostileTest, attack
from tests.support.runner import die_with_parent

FAULTS = [signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP]


class Faults(HostileTest):
    def test_no_handler_for_faults_runs_for_what_the_host_sends(self):
        for options in ([], ["--no-patch"]):
            outcome = attack("signals", VICTIM, "compute", options=options)
            self.assert_unharmed(outcome, f"signals {options}")
            notes = re.search(r"notes (\d+)", outcome.output)
            self.assertGreater(int(notes[1]), 0, f"nothing arrived: {outcome}")

    def test_a_fault_signal_by_kill_does_not_run_the_handler_under_the_product_either(self):
        for number in FAULTS:
            process = subprocess.Popen([os.path.join(BIN, "farl"), "run", "--quiet", "--attest", "none", "--", VICTIM, "waiting"],
                                       stdout=subprocess.PIPE, text=True, cwd="/tmp",
                                       preexec_fn=die_with_parent)
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.send_signal(number)
            output, _ = process.communicate(timeout=60)
            self.assertNotIn("HARMED", output)
            self.assertEqual(process.returncode, -number)

    def test_a_page_that_the_host_takes_is_no_fault_of_the_program(self):
        outcome = attack("pages once", VICTIM, "page")
        self.assert_unharmed(outcome, "pages")

    def test_a_page_that_the_host_keeps_ends_the_enclave(self):
        outcome = attack("pages forever", VICTIM, "page")
        self.assert_ended(outcome, "pages")
        self.assertIn("keeps a page", outcome.errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
