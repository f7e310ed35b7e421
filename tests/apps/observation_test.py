"""What --trace and --stats say: of a program with many threads, whose host calls go through the queues, and of its host calls."""

import json
import os
import re
import tempfile
import unittest

from tests.support.runner import UNDER_TEST
from tests.support.suite import AppTest, main, program

TRACED = re.compile(r"\[(\d+)\] \w+\(.*\)( = (-1 errno \d+|\d+|0x[0-9a-f]+))?")
THREADS = 500


class ObservationTest(AppTest):
    def setUp(self):
        if UNDER_TEST.is_native:
            self.skipTest("natively there is nothing to see")

    def observe(self, *options, of="threads"):
        """(lines of the trace, statistics)"""
        with tempfile.TemporaryDirectory(prefix="farl-observed-") as directory:
            trace, statistics = (os.path.join(directory, name) for name in ("trace", "statistics"))
            runner = UNDER_TEST.with_options("--trace-file", trace, "--stats-file", statistics, "--stats-format", "json", *options)
            done = runner.run(program(of))
            self.assertEqual((done.status, done.errors), (0, ""))
            with open(trace) as lines, open(statistics) as file:
                return lines.read().splitlines(), json.load(file)

    def test_a_trace_has_one_whole_line_for_each_call_with_its_thread(self):
        for mode in ("sync", "async"):
            with self.subTest(mode=mode):
                lines, seen = self.observe("--hostcalls", mode)
                parsed = [TRACED.fullmatch(line) for line in lines]
                self.assertEqual([line for line, match in zip(lines, parsed) if not match], [])
                self.assertEqual(len({match[1] for match in parsed}), THREADS + 1)
                self.assertLessEqual(len(lines), seen["system_calls"])
                self.assertGreater(len(lines), seen["system_calls"] - THREADS)  # those in the program's last moment

    def test_the_statistics_tell_of_queues_and_workers(self):
        _, seen = self.observe("--hostcalls", "async")
        self.assertGreater(seen["async_calls"], THREADS)
        self.assertGreater(seen["most_workers"], 0)
        self.assertGreater(seen["async_most_outstanding"], 0)
        self.assertGreater(seen["exits_avoided"], 0)
        self.assertEqual((seen["async_served_by_carriers"], seen["host_lies"]), (0, 0))

    @unittest.skipIf(os.cpu_count() < 2, "there is one processor")
    def test_threads_that_compute_get_the_processors_that_workers_do_not_need(self):
        _, seen = self.observe("--hostcalls", "async", of="turns")
        self.assertGreater(seen["carriers"], 1)

    def test_a_file_is_not_synchronised_because_it_is_unmapped(self):
        _, seen = self.observe(of="unmapping")
        self.assertIn("pwrite64", seen["host_calls"])
        self.assertFalse({"fsync", "fdatasync"} & seen["host_calls"].keys())

    def test_the_statistics_compare_emulated_costs_with_measured_ones(self):
        _, seen = self.observe("--emulate-costs", "20000")
        self.assertEqual(seen["emulated_transition_ns"], 20000)
        self.assertGreater(seen["transition_ns"], 19000)


if __name__ == "__main__":
    main()
