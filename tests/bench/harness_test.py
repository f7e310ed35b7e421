"""How the benchmark harness judges and interleaves."""

import unittest

from bench.harness import FARL, NATIVE, Case, Goal, Row, run_case


def row(native, farl):
    return Row("metric", "ns", {NATIVE: native, FARL: farl})


class RowTest(unittest.TestCase):
    def test_medians_are_compared_not_means(self):
        self.assertEqual(row([10, 10, 1000], [20, 1, 20]).ratio, 2)

    def test_a_side_without_values_has_no_ratio(self):
        self.assertIsNone(row([10], []).ratio)
        self.assertIsNone(row([], [10]).difference)


class GoalTest(unittest.TestCase):
    def test_bounds_are_met_at_their_value(self):
        self.assertEqual(Goal("ratio", at_least=0.5).judge(row([10], [5])), (">= 0.5x", "met"))
        self.assertEqual(Goal("value", at_most=30).judge(row([], [30])), ("<= 30 ns", "met"))
        self.assertEqual(Goal("difference", at_most=20).judge(row([10], [30])), ("<= 20 ns more", "met"))

    def test_a_missed_goal_says_by_how_much(self):
        self.assertEqual(Goal("ratio", at_least=0.8).judge(row([10], [6]))[1], "MISSED by 0.2 (25%)")
        self.assertEqual(Goal("value", at_most=30).judge(row([10], [45]))[1], "MISSED by 15 (50%)")
        self.assertEqual(Goal("difference", at_most=20).judge(row([10], [40]))[1], "MISSED by 10 (50%)")

    def test_what_was_not_measured_is_not_met(self):
        self.assertEqual(Goal("ratio", at_least=0.8).judge(row([10], []))[1], "not measured")


class RunTest(unittest.TestCase):
    def test_the_sides_take_turns_in_changing_order(self):
        order = []
        case = Case("case", {"metric": "ns"}, lambda side: order.append(side) or {"metric": 1})
        run_case(case, {NATIVE: "n", FARL: "f"}, 3, self.fail)
        self.assertEqual("".join(order), "nffnnf")

    def test_a_side_that_fails_is_reported_once_and_the_other_goes_on(self):
        def measure(side):
            if side == "f":
                raise RuntimeError("broken")
            return {"metric": 1}

        complaints = []
        rows = run_case(Case("case", {"metric": "ns"}, measure), {NATIVE: "n", FARL: "f"}, 3, complaints.append)
        self.assertEqual(complaints, ["case, farl: broken"])
        self.assertEqual(rows[0].values, {NATIVE: [1, 1, 1], FARL: []})


if __name__ == "__main__":
    unittest.main()
