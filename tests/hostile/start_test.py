"""What the launcher says at the start, forged; and what the runtime asks the host while it starts."""

import unittest

from tests.hostile.hostile import FARL_FAILED, VICTIM, HostileTest, attack, host_calls

CANNOT_RUN = 126
FORGERIES = [
    "version", "config_inside", "config_nowhere", "config_unaligned", "config_reaches_inside", "config_huge",
    "config_empty", "arena_inside", "arena_around", "arena_wraps", "arena_unaligned", "slots_inside", "slots_nowhere",
    "slots_unaligned", "process_zero", "process_huge", "clocks_inside", "clocks_stand", "clocks_go_back",
]  # fmt: skip


class Start(HostileTest):
    def test_a_start_that_makes_no_sense_is_refused(self):
        for forgery in FORGERIES:
            with self.subTest(forgery=forgery):
                outcome = attack(f"start {forgery}", VICTIM, "start")
                self.assertEqual(outcome.status, FARL_FAILED, f"{forgery}: {outcome}")

    def test_impossible_answers_at_the_start_are_refused(self):
        for call in (call for call in host_calls() if call.scenario == "start"):
            with self.subTest(call=call.name):
                outcome = attack(f"answers {call.name} from_start", "/bin/true")
                self.assertIn(outcome.status, (0, CANNOT_RUN, FARL_FAILED), f"{call.name}: {outcome}")
                if outcome.status:
                    self.assertIn("farl: ", outcome.errors)

    def test_limits_and_names_that_make_no_sense_are_no_harm(self):
        for forgery in ("limit", "filled"):
            with self.subTest(forgery=forgery):
                self.assert_unharmed(attack(f"contents {forgery} from_start", VICTIM, "getrusage"), forgery)


if __name__ == "__main__":
    unittest.main(verbosity=2)
