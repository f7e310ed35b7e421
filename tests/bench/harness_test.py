"""How the benchmark harness judges and interleaves."""

import os
import unittest

from bench.cases import all_cases, all_goals
from bench.goals import Difference, OfBest, Ratio, Value
from bench.harness import DETAILS, Case, Row, run_case
from bench.sides import ASYNC, AUTO, AUTO_SGX2, EVERY, GOCRYPTFS, NATIVE, STORED, SYNC, VOLUME, selected
from bench.storage import files_of
from bench.tables import judged
from tests.support.runner import Runner


def row(unit="ns", **values):
    sides = {str(side): side for side in EVERY}
    return Row("metric", unit, {sides[name]: value for name, value in values.items()})


def judge(kind, measured, **options):
    goal = kind(metric="metric", **options)
    return goal.words(measured), goal.verdict(measured)


class SideTest(unittest.TestCase):
    def test_a_side_adds_its_options_to_those_of_the_runner(self):
        command = AUTO_SGX2.runner(None, Runner(["farl", "run", "--"])).command("true")
        self.assertEqual(" ".join(command), "farl run --hostcalls auto --emulate-costs sgx2 -- true")

    def test_the_native_side_has_no_costs_to_be_selected_by(self):
        self.assertEqual(selected(EVERY, ["native", "auto"], ["sgx2"]), [NATIVE, AUTO_SGX2])


class StorageTest(unittest.TestCase):
    def test_each_run_has_a_volume_and_keys_of_its_own_which_are_removed(self):
        seen = []
        for _ in range(2):
            with files_of(VOLUME.runner(None, Runner(["farl", "run", "--"]))) as place:
                directory = place.environment["XDG_DATA_HOME"]
                self.assertIn(f" --volume {directory}/bench.volume:{place.directory}:strict -- true", " ".join(place.runner.command("true")))
                self.assertTrue(os.path.isdir(directory))
            self.assertFalse(os.path.exists(directory))
            seen.append(directory)
        self.assertNotEqual(*seen)

    def test_a_side_without_a_storage_has_a_temporary_directory(self):
        with files_of(NATIVE.runner(Runner(), None)) as place:
            self.assertEqual(place.runner.command("true"), ["true"])
            self.assertEqual(os.listdir(place.directory), [])
        self.assertFalse(os.path.exists(place.directory))

    def test_storages_are_selected_by_how_they_run(self):
        self.assertNotIn(VOLUME, selected(STORED, ["native"], ["off"]))
        self.assertIn(GOCRYPTFS, selected(STORED, ["native"], ["off"]))


class RowTest(unittest.TestCase):
    def test_medians_are_compared_not_means(self):
        self.assertEqual(row(native=[10, 10, 1000], auto=[20, 1, 20]).ratio(AUTO), 2)

    def test_a_side_without_values_has_no_ratio(self):
        self.assertIsNone(row(native=[10], auto=[]).ratio(AUTO))
        self.assertIsNone(row(auto=[10]).ratio(AUTO))


class GoalTest(unittest.TestCase):
    def test_bounds_are_met_at_their_value(self):
        self.assertEqual(judge(Ratio, row(native=[10], auto=[5]), at_least=0.5), ("auto / native >= 0.5x", "met"))
        self.assertEqual(judge(Value, row(auto=[30]), at_most=30), ("auto <= 30 ns", "met"))
        self.assertEqual(judge(Difference, row(native=[10], auto=[30]), at_most=20), ("auto - native <= 20 ns", "met"))

    def test_a_missed_goal_says_by_how_much(self):
        self.assertEqual(judge(Ratio, row(native=[10], auto=[6]), at_least=0.8)[1], "MISSED by 0.2 (25%)")
        self.assertEqual(judge(Value, row(auto=[45]), at_most=30)[1], "MISSED by 15 (50%)")
        self.assertEqual(judge(Difference, row(native=[10], auto=[40]), at_most=20)[1], "MISSED by 10 (50%)")

    def test_any_two_sides_can_be_related(self):
        measured = row("k calls/s", **{"sync": [100], "async": [290]})
        goal = judge(Ratio, measured, side=ASYNC, to=SYNC, at_least=3)
        self.assertEqual(goal, ("async / sync >= 3x", "MISSED by 0.1 (3%)"))

    def test_the_best_of_durations_is_the_shortest_and_of_rates_the_highest(self):
        values = {"sync": [100], "async": [200], "auto": [125]}
        self.assertEqual(OfBest(metric="metric", at_least=0.9).seen(row("us/op", **values)), 0.8)
        self.assertEqual(OfBest(metric="metric", at_least=0.9).seen(row("k calls/s", **values)), 0.625)

    def test_what_was_not_measured_is_not_met(self):
        self.assertEqual(judge(Ratio, row(native=[10], auto=[]), at_least=0.8)[1], "not measured")
        self.assertEqual(judge(OfBest, row(sync=[10], auto=[10]), at_least=0.8)[1], "not measured")

    def test_a_goal_about_sides_that_were_not_asked_for_is_not_judged(self):
        goals = [Value(metric="metric", at_most=1), Ratio(metric="metric", at_least=1)]
        self.assertEqual([goal for _, goal in judged([row(auto=[1])], goals)], goals[:1])

    def test_each_goal_is_about_a_metric_and_a_side_that_are_measured(self):
        sides = {metric: case.sides for case in all_cases(is_quick=True) for metric in case.metrics}
        for goal in all_goals():
            self.assertLessEqual(goal.sides(), set(sides.get(goal.metric, ())), goal)


class RunTest(unittest.TestCase):
    def test_the_sides_take_turns_in_changing_order(self):
        order = []
        case = Case("case", {"metric": "ns"}, lambda side: order.append(side) or {"metric": 1})
        run_case(case, {NATIVE: "n", AUTO: "a"}, 3)
        self.assertEqual("".join(order), "naanna")

    def test_only_sides_of_the_case_are_measured(self):
        case = Case("case", {"metric": "ns"}, lambda side: {"metric": 1}, sides=(NATIVE, SYNC))
        rows = run_case(case, {SYNC: "s", AUTO: "a"}, 1).rows
        self.assertEqual(rows[0].values, {SYNC: [1]})

    def test_a_long_case_has_fewer_rounds(self):
        case = Case("case", {"metric": "ns"}, lambda side: {"metric": 1}, most_rounds=2)
        self.assertEqual(run_case(case, {NATIVE: "n"}, 5).rows[0].values, {NATIVE: [1, 1]})

    def test_details_are_kept_with_where_they_come_from(self):
        case = Case("case", {"metric": "ns"}, lambda side: {"metric": 1, DETAILS: {"curve": [2]}})
        details = run_case(case, {NATIVE: "n"}, 1).details
        self.assertEqual(details, [{"case": "case", "side": "native", "round": 1, "curve": [2]}])

    def test_a_side_that_fails_is_reported_once_and_the_other_goes_on(self):
        def measure(side):
            if side == "a":
                raise RuntimeError("broken")
            return {"metric": 1}

        outcome = run_case(Case("case", {"metric": "ns"}, measure), {NATIVE: "n", AUTO: "a"}, 3)
        self.assertEqual(outcome.failures, ["case, auto: RuntimeError: broken"])
        self.assertEqual(outcome.rows[0].values, {NATIVE: [1, 1, 1], AUTO: []})


if __name__ == "__main__":
    unittest.main()
