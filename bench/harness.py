"""Measures the same thing on several sides in one go: interleaved rounds, medians.

A Case measures several metrics in one run of something. Its rounds alternate between the sides, so that all see
the same state of the machine.
"""

import dataclasses
import os
import platform
import re
import statistics
import subprocess
import sys
import time

from bench.sides import DEFAULT, NATIVE

# What a case may return beside its metrics: anything that explains them, such as a curve or the enclave's counts.
DETAILS = "details"


@dataclasses.dataclass(frozen=True)
class Case:
    """`measure(runner)` returns a value for each name in `metrics`, which maps names to units.

    `most_rounds` bounds the rounds of a case whose one run is long, and is a summary of many measurements itself.
    Without `program` on the machine it is left out.
    """

    name: str
    metrics: dict
    measure: object
    sides: tuple = DEFAULT
    most_rounds: int = sys.maxsize
    program: str = ""


@dataclasses.dataclass
class Row:
    """One metric with all its measured values by side."""

    name: str
    unit: str
    values: dict

    def median(self, side):
        values = self.values.get(side)
        return statistics.median(values) if values else None

    def ratio(self, side, to=NATIVE):
        value, base = self.median(side), self.median(to)
        return value / base if base and value is not None else None

    def spread(self, side):
        """How far the values lie apart, as a part of their median."""
        values, middle = self.values.get(side, []), self.median(side)
        return (max(values) - min(values)) / middle if middle and len(values) > 1 else 0.0


@dataclasses.dataclass
class Outcome:
    """All that a case gave: its rows, what explains them, and which sides failed why."""

    rows: list
    details: list
    failures: list


def run_case(case, runners, rounds, progress=lambda text: None):
    """`runners` maps sides to what runs programs there. A side that fails once is not tried again."""
    sides = [side for side in case.sides if side in runners]
    rows = {name: Row(name, unit, {side: [] for side in sides}) for name, unit in case.metrics.items()}
    outcome = Outcome(list(rows.values()), [], [])
    for turn in range(min(rounds, case.most_rounds)):
        for side in list(sides) if turn % 2 == 0 else list(reversed(sides)):
            progress(f"{case.name}: round {turn + 1}, {side}")
            try:
                measured = case.measure(runners[side])
            except Exception as error:  # whatever it is: hours of other results must not be lost with it
                outcome.failures.append(f"{case.name}, {side}: {type(error).__name__}: {error}")
                sides.remove(side)
                continue
            if details := measured.pop(DETAILS, None):
                outcome.details.append({"case": case.name, "side": str(side), "round": turn + 1, **details})
            for name, value in measured.items():
                rows[name].values[side].append(value)
    return outcome


def machine():
    """What the numbers depend on, and have to be read with."""
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    with open("/proc/meminfo") as file:
        memory_kib = int(file.readline().split()[1])
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {
        "processor": model[1] if model else platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_kib / 2**20, 1),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "commit": commit.stdout.strip() or "unknown",
        "load": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d"),
    }
