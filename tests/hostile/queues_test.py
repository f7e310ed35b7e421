"""The queues of asynchronous calls: responses that nobody waits for, too often, too early, too late, or never."""

import re
import unittest

from tests.hostile.hostile import VICTIM, HostileTest, attack

ASYNC = ["--hostcalls", "async", "--log", "error", "--stats"]

# What is no response changes nothing: each thread gets what it asked for.
IGNORED = ["beyond", "idle", "laps", "results", "requests", "late"]
# A response before its time is an answer that a host can give, with whatever result is there.
MISTAKEN = ["duplicate", "again", "early", "workers"]
COUNTED = {"beyond", "idle", *MISTAKEN}


class Queues(HostileTest):
    def attack_queue(self, name, scenario):
        outcome = attack(f"queue {name}", VICTIM, scenario, options=ASYNC)
        self.assert_unharmed(outcome, name)
        lies = int(re.search(r"(\d+)\s+impossible answers of the host", outcome.errors)[1])
        calls = int(re.search(r"(\d+)\s+asynchronous host calls", outcome.errors)[1])
        self.assertGreater(calls, 200, f"{name}: the queue was not used")
        self.assertEqual(lies > 0, name in COUNTED, f"{name}: {lies} lies counted")

    def test_what_is_no_response_is_ignored(self):
        for name in IGNORED:
            with self.subTest(attack=name):
                self.attack_queue(name, "threads_exact")

    def test_responses_too_often_or_too_early_are_no_more_than_wrong_answers(self):
        for name in MISTAKEN:
            with self.subTest(attack=name):
                self.attack_queue(name, "threads_claims")

    def test_a_response_that_never_comes_stops_nobody_else(self):
        self.attack_queue("dropped", "threads_beside_lost")


if __name__ == "__main__":
    unittest.main(verbosity=2)
