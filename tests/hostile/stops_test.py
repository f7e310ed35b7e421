"""Carriers stopped and let go on at random: what threads share stays right."""

import unittest

from tests.hostile.hostile import VICTIM, HostileTest, attack


class Stops(HostileTest):
    def test_threads_stay_right_whenever_their_carriers_stop(self):
        for how in ("sync", "async"):
            for scenario in ("threads_exact", "threads_handover", "threads"):
                with self.subTest(hostcalls=how, scenario=scenario):
                    outcome = attack("stops", VICTIM, scenario, options=["--hostcalls", how])
                    self.assert_unharmed(outcome, scenario)


if __name__ == "__main__":
    unittest.main(verbosity=2)
