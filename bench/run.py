"""Native and Farl side by side: each metric with its ratio, and with what the project promises of it.

Usage: make bench, or scripts/bench [--quick] [--only TEXT] [--json FILE] [--runner PREFIX]
"""

import argparse
import json
import os
import shlex
import subprocess
import sys

from bench import cases
from bench.harness import FARL, NATIVE, Goal, machine, note, print_rows, print_table, rows_as_json, run_case
from tests.support import runner as runners

GOALS = {
    "redis SET, pipeline 16": Goal("ratio", at_least=0.92),
    "redis GET, pipeline 16": Goal("ratio", at_least=0.92),
    "redis SET, 50 clients: server processor time": Goal("ratio", at_most=1.10),
    "redis GET, 50 clients: server processor time": Goal("ratio", at_most=1.10),
    "pwrite 32 B": Goal("ratio", at_least=0.8),
    "pwrite 32 B, static": Goal("ratio", at_least=0.8),
    "clock_gettime": Goal("value", at_most=40),
    "getppid": Goal("value", at_most=30),
    "EENTER + EEXIT": Goal("value", at_most=80),
    "AEX + ERESUME": Goal("value", at_most=2500),
    "start of /bin/true, 1 GiB heap": Goal("difference", at_most=40),
}

# Files whose system calls matter most: what programs call through, and what they are when static.
ANALYSED = ("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", "/bin/busybox")


def all_cases(is_quick):
    milliseconds = 100 if is_quick else 300
    requests = 20_000 if is_quick else 100_000
    return [
        cases.redis_case(1, requests),
        cases.redis_case(16, requests * 5),
        cases.sqlite_case("sqlite3, single inserts", "k rows/s", cases.SINGLE_INSERTS, cases.INSERTS),
        cases.sqlite_case("sqlite3, group and join", "k rows/s", cases.SELECT, cases.SELECTED_ROWS),
        cases.call_case("getppid", "getppid", 0, "ns", milliseconds),
        cases.call_case("clock_gettime", "clock_gettime", 0, "ns", milliseconds),
        cases.call_case("pread 32 B", "pread", 32, "k calls/s", milliseconds),
        cases.call_case("pread 64 KiB", "pread", 65536, "k calls/s", milliseconds),
        cases.call_case("pwrite 32 B", "pwrite", 32, "k calls/s", milliseconds),
        cases.call_case("pwrite 64 KiB", "pwrite", 65536, "k calls/s", milliseconds),
        cases.call_case("pwrite 32 B, static", "pwrite", 32, "k calls/s", milliseconds, linkage="static"),
        cases.start_case(3 if is_quick else 10),
        cases.transitions_case(),
    ]


def site_rows():
    """For each analysed file: how many of its system calls are replaced, and why others are not."""
    analyser = os.path.join(cases.BUILD, "bin/farl-rewrite")
    files = [path for path in ANALYSED if os.path.exists(path)]
    done = subprocess.run([analyser, "--json", *files], capture_output=True, text=True, timeout=120)
    rows = []
    for line in done.stdout.splitlines():
        file = json.loads(line)
        reasons = sorted({site["reason"] for kind in ("skipped", "unproven") for site in file[kind]})
        counts = [len(file[kind]) for kind in ("patched", "skipped", "unproven")]
        rows.append([file["path"], *map(str, counts), "; ".join(reasons)])
    return rows


def print_sites():
    try:
        rows = site_rows()
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        note(f"system call sites: {error}")
        return
    print()
    print_table(["system call sites", "patched", "left alone", "unproven", "why"], rows)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, not a result")
    parser.add_argument("--only", metavar="TEXT", help="only benchmarks whose name contains TEXT")
    parser.add_argument("--json", metavar="FILE", help="write all values to FILE as well")
    default = f"{os.path.join(cases.BUILD, 'bin/farl')} run --quiet --"
    parser.add_argument("--runner", default=default, help="prefix that runs a program in an enclave (default: %(default)s)")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    rounds = 3 if arguments.quick else 5
    sides = {NATIVE: runners.NATIVE, FARL: runners.Runner(shlex.split(arguments.runner))}
    configuration = {**machine(), "runner": arguments.runner, "rounds": rounds, "emulated costs": "none"}
    print(", ".join(f"{name}: {value}" for name, value in configuration.items()), end="\n\n", flush=True)

    failures, rows = [], []
    for case in all_cases(arguments.quick):
        if arguments.only and not any(arguments.only in name for name in (case.name, *case.metrics)):
            continue
        note(f"measuring {case.name}")
        rows += run_case(case, sides, rounds, failures.append)
    print_rows(rows, GOALS)
    print("\nratio: farl / native; spread: largest less smallest value over the median, native/farl")
    print_sites()

    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": configuration, "results": rows_as_json(rows, GOALS), "failures": failures}, file, indent=1)
    for failure in failures:
        note(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
