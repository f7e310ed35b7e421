"""Each host call gets every answer that no kernel gives, and every errno, one after the other."""

import os
import re
import unittest

from tests.hostile.hostile import SOURCES, VICTIM, HostileTest, attack, host_calls

# Beyond ERRNO 133 nothing is an errno: -134 to -4096, and what calls.def's kind forbids besides.
IMPOSSIBLE_ERRORS = 4096 - 133

# The program has no way to see an answer: sync(2) says nothing, the others are made on the way to something else.
UNSEEN = {"sync", "close", "setpgid", "setsid", "memory", "discard", "clock"}


class Answers(HostileTest):
    def test_the_table_lists_every_call_of_the_sources(self):
        named = set()
        for folder, _, files in os.walk(os.path.join(SOURCES, "enclave")):
            for name in files:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                named |= set(re.findall(r"\bSYS_(\w+)", text)) | set(re.findall(r"\bFarlCall::(\w+)", text))
        self.assertEqual(named, {call.name for call in host_calls()})

    def test_no_answer_harms_the_program(self):
        for call in host_calls():
            if call.scenario in ("none", "start"):
                continue
            with self.subTest(call=call.name):
                outcome = attack(f"answers {call.name}", VICTIM, call.scenario, options=["--log", "error"])
                self.assert_unharmed(outcome, call.name)
                counts = re.search(r"rounds (\d+) good (\d+) eio (\d+)", outcome.output)
                if call.scenario not in UNSEEN and not call.scenario.startswith("threads"):
                    self.assertGreaterEqual(int(counts[3]), IMPOSSIBLE_ERRORS, f"{call.name}: {outcome}")

    def test_what_is_said_of_the_first_bytes_of_a_file_harms_nobody(self):
        outcome = attack("answers pread64", VICTIM, "serve", options=["--log", "error"])
        self.assert_unharmed(outcome, "serve")
        counts = re.search(r"rounds (\d+) good (\d+) eio (\d+)", outcome.output)
        self.assertLess(int(counts[3]), IMPOSSIBLE_ERRORS * 3 // 4, f"the others were about what came with the file: {outcome}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
