"""Both ways a system call reaches the runtime, each forced: by stubs alone, and by the exception path alone."""

import json
import os
import tempfile

from tests.support.runner import UNDER_TEST
from tests.support.suite import AppTest, main, program

PROGRAMS = [("find", "/usr/share/doc/bash"), ("sha256sum", "/bin/bash")]
BUILT = ["threads", "threads_musl", "exceptions_static"]


class InterceptionTest(AppTest):
    def setUp(self):
        if UNDER_TEST.is_native:
            self.skipTest("natively there is one way")

    def statistics(self, *command, options=()):
        """(what the program said, the statistics of its run)"""
        with tempfile.NamedTemporaryFile(prefix="farl-statistics-") as file:
            runner = UNDER_TEST.with_options("--stats-file", file.name, "--stats-format", "json", *options)
            done = runner.run(*command)
            self.assertEqual(done.status, 0, done.errors)
            return done.stdout, json.load(file)

    def commands(self):
        yield from PROGRAMS
        yield from ((program(name),) for name in BUILT if os.path.exists(program(name)))

    def test_no_call_of_an_analysed_program_traps(self):
        for command in self.commands():
            with self.subTest(command=command):
                _, seen = self.statistics(*command)
                self.assertGreater(seen["patched_sites"], 0)
                self.assertEqual((seen["trapped"], seen["refused_sites"]), (0, 0))

    def test_every_call_traps_where_nothing_is_patched(self):
        for command in PROGRAMS:
            with self.subTest(command=command):
                patched, _ = self.statistics(*command)
                trapped, seen = self.statistics(*command, options=("--no-patch",))
                self.assertEqual(seen["patched_sites"], 0)
                self.assertGreaterEqual(seen["trapped"], seen["system_calls"] - 2)  # the vDSO does not trap
                self.assertEqual(patched, trapped)


if __name__ == "__main__":
    main("find", "sha256sum")
