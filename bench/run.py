"""Native and Farl side by side: each metric with its ratio, and with what the project promises of it.

Usage: make bench, or scripts/bench [--quick] [--only TEXT] [--modes LIST] [--costs LIST] [--json FILE]
       [--report DIRECTORY] [--runner PREFIX]
"""

import argparse
import os
import shlex
import shutil
import sys

from bench.call_sites import print_sites
from bench.cases import all_cases, all_goals
from bench.harness import machine, run_case
from bench.processes import BUILD
from bench.report import Progress, note, print_results, rows_as_json, taken_by_others, write_json, write_report
from bench.sides import EVERY, FREE, FRONTED, MODES, STORED, selected
from tests.support import runner as runners


def names(text):
    return text.split(",")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, not a result")
    parser.add_argument("--only", metavar="TEXT", help="only benchmarks whose name contains TEXT")
    parser.add_argument("--list", action="store_true", help="print what would be measured, and where")
    modes = f"native,{','.join(MODES)}"
    parser.add_argument("--modes", metavar="LIST", type=names, default=names(modes), help="of %(default)s")
    costs = [FREE, "sgx2"]
    parser.add_argument("--costs", metavar="LIST", type=names, default=costs, help="emulated costs: of %(default)s")
    parser.add_argument("--json", metavar="FILE", help="write all values to FILE as well")
    report = os.path.join(BUILD, "bench/report")
    parser.add_argument("--report", metavar="DIRECTORY", default=report, help="where results go (default: %(default)s)")
    default = f"{os.path.join(BUILD, 'bin/farl')} run --quiet --"
    parser.add_argument("--runner", default=default, help="prefix that runs a program in an enclave (default: %(default)s)")
    return parser.parse_args()


def chosen_cases(arguments, sides):
    """The cases that are asked for, and can be measured on one of the sides at least."""
    for case in all_cases(arguments.quick):
        is_named = not arguments.only or any(arguments.only in name for name in (case.name, *case.metrics))
        if not is_named or not set(case.sides) & set(sides):
            continue
        if case.program and not shutil.which(case.program):
            note(f"bench: without {case.name}: {case.program} is not installed")
        else:
            yield case


def available(sides):
    """Those sides that this machine has what is needed for; a line says of the others why they are left out."""
    for side in sides:
        if reason := side.missing():
            note(f"bench: without {side}: {reason}")
        else:
            yield side


def measure(cases, sides, arguments, rounds):
    """(rows, details, failures) of all cases together"""
    farl = runners.Runner(shlex.split(arguments.runner))
    runners_by_side = {side: side.runner(runners.NATIVE, farl) for side in sides}
    progress = Progress()
    outcomes = [run_case(case, runners_by_side, rounds, progress) for case in cases]
    progress.finish()
    return [[item for outcome in outcomes for item in getattr(outcome, kind)] for kind in ("rows", "details", "failures")]


def main():
    arguments = parse_arguments()
    rounds = 3 if arguments.quick else 5
    sides = list(available(selected((*EVERY, *STORED, *FRONTED), arguments.modes, arguments.costs)))
    cases = list(chosen_cases(arguments, sides))
    if arguments.list:
        for case in cases:
            print(f"{case.name}: {', '.join(str(side) for side in case.sides if side in sides)}")
        return 0
    configuration = {**machine(), "runner": arguments.runner, "rounds": rounds}
    print(", ".join(f"{name}: {value}" for name, value in configuration.items()), end="\n\n", flush=True)

    rows, details, failures = measure(cases, sides, arguments, rounds)
    goals = all_goals()
    configuration["taken by others"] = taken_by_others(details)
    results = {"machine": configuration, "results": rows_as_json(rows, goals), "details": details, "failures": failures}
    print_results(rows, goals)
    print_sites()
    print(f"\nother processes took {configuration['taken by others']} of the processors while servers were measured")
    if arguments.json:
        write_json(arguments.json, results)
    write_report(arguments.report, results, rows, goals)
    print(f"\ntables and figures: {arguments.report}")
    for failure in failures:
        note(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
