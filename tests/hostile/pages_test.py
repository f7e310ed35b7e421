"""A host that keeps pages which it was to take, or brings others, on an emulator that demands EACCEPT as the processor does."""

import unittest

from tests.hostile.hostile import VICTIM, HostileTest, attack


class Pages(HostileTest):
    def under(self, script, scenario):
        return attack(script, VICTIM, scenario, options=["--emulate-pages", "sgx2"])

    def test_an_honest_host_harms_nothing(self):
        for scenario in ("memory", "discard", "permissions", "views", "page"):
            with self.subTest(scenario):
                self.assert_unharmed(self.under("honest", scenario), scenario)

    def test_pages_that_keep_their_contents_never_come_back_as_new_ones(self):
        for undone in ("trim", "change"):
            for scenario in ("memory", "discard"):
                with self.subTest(undone=undone, scenario=scenario):
                    outcome = self.under(f"undone {undone}", scenario)
                    self.assert_ended(outcome, scenario)
                    self.assertIn("the host has not trimmed a page", outcome.errors)

    def test_pages_that_were_trimmed_and_stay_are_not_taken_for_new_ones(self):
        for scenario in ("memory", "discard"):
            with self.subTest(scenario):
                outcome = self.under("undone remove", scenario)
                self.assert_ended(outcome, scenario)
                self.assertIn("keeps a page", outcome.errors)

    def test_a_page_is_not_accepted_twice(self):
        outcome = self.under("replaced", "page")
        self.assert_ended(outcome, "page")
        self.assertIn("keeps a page", outcome.errors)

    def test_permissions_that_the_host_leaves_are_noticed(self):
        outcome = self.under("undone restrict", "permissions")
        self.assert_ended(outcome, "permissions")
        self.assertIn("has not taken permissions", outcome.errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
