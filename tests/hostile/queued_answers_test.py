"""Answers to asynchronous calls: those of answers_test.py, of impossible errors some, and contents as in contents_test.py."""

import unittest

from tests.hostile.contents_test import FORGERIES
from tests.hostile.hostile import VICTIM, HostileTest, attack, host_calls

ASYNC = ["--hostcalls", "async", "--log", "error"]

# What depends on who asks, and what is about enclave pages and carriers.
NEVER_BY_QUEUE = {"clock_gettime", "getrusage"}
CONTENTS_NEVER_BY_QUEUE = {"time", "filled", "clocks"}


class QueuedAnswers(HostileTest):
    def test_no_answer_by_queue_harms_the_program(self):
        for call in host_calls():
            if call.scenario in ("none", "start") or call.kind == "Farl" or call.name in NEVER_BY_QUEUE:
                continue
            with self.subTest(call=call.name):
                outcome = attack(f"answers {call.name} sampled", VICTIM, call.scenario, options=ASYNC)
                self.assert_unharmed(outcome, call.name)

    def test_no_content_by_queue_harms_the_program(self):
        for forgery, scenario in FORGERIES:
            if forgery in CONTENTS_NEVER_BY_QUEUE:
                continue
            with self.subTest(forgery=forgery, scenario=scenario):
                outcome = attack(f"contents {forgery}", VICTIM, scenario, options=ASYNC)
                self.assert_unharmed(outcome, f"{forgery} {scenario}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
