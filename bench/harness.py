"""Measures natively and behind a runner in one go: interleaved rounds, medians, goals, a table, JSON.

A Case measures several metrics in one run of something. Its rounds alternate between the native runner and
the one under test, so that both see the same state of the machine. A metric's ratio is always Farl / native;
whether more is better follows from its unit. A Goal is what an issue promises of one metric.
"""

import dataclasses
import os
import platform
import re
import statistics
import subprocess
import sys

NATIVE, FARL = "native", "farl"


@dataclasses.dataclass(frozen=True)
class Case:
    """`measure(runner)` returns a value for each name in `metrics`, which maps names to units."""

    name: str
    metrics: dict
    measure: object
    sides: tuple = (NATIVE, FARL)


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound on one number about a metric: its "ratio", its "value" under Farl, or the "difference" to native."""

    about: str
    at_most: float = None
    at_least: float = None

    def judge(self, row):
        """(the goal in words, met or by how much it is missed)"""
        seen = {"ratio": row.ratio, "value": row.median(FARL), "difference": row.difference}[self.about]
        bound = self.at_most if self.at_least is None else self.at_least
        words = f"{'<=' if self.at_least is None else '>='} {bound:g}"
        words += {"ratio": "x", "value": f" {row.unit}", "difference": f" {row.unit} more"}[self.about]
        if seen is None:
            return words, "not measured"
        missed_by = seen - bound if self.at_least is None else bound - seen
        return words, "met" if missed_by <= 0 else f"MISSED by {significant(missed_by)} ({missed_by / bound:.0%})"


@dataclasses.dataclass
class Row:
    """One metric with all its measured values."""

    name: str
    unit: str
    values: dict

    def median(self, side):
        values = self.values[side]
        return statistics.median(values) if values else None

    @property
    def ratio(self):
        native, farl = self.median(NATIVE), self.median(FARL)
        return farl / native if native and farl is not None else None

    @property
    def difference(self):
        native, farl = self.median(NATIVE), self.median(FARL)
        return farl - native if None not in (native, farl) else None

    def spread(self, side):
        """How far the values lie apart, as a part of their median."""
        values, middle = self.values[side], self.median(side)
        return (max(values) - min(values)) / middle if middle and len(values) > 1 else 0.0


def run_case(case, runners, rounds, complain):
    """The case's rows; a side that fails once is not tried again."""
    rows = {name: Row(name, unit, {NATIVE: [], FARL: []}) for name, unit in case.metrics.items()}
    sides = [side for side in case.sides if side in runners]
    for turn in range(rounds):
        for side in list(sides) if turn % 2 == 0 else list(reversed(sides)):
            try:
                measured = case.measure(runners[side])
            except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
                complain(f"{case.name}, {side}: {error}")
                sides.remove(side)
                continue
            for name, value in measured.items():
                rows[name].values[side].append(value)
    return list(rows.values())


def significant(value):
    """Three significant digits, without an exponent."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def print_table(header, lines):
    widths = [max(len(line[column]) for line in [header, *lines]) for column in range(len(header))]
    for line in [header, ["-" * width for width in widths], *lines]:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        print("  ".join(cells).rstrip())


def print_rows(rows, goals):
    lines = []
    for row in rows:
        goal, verdict = goals[row.name].judge(row) if row.name in goals else ("", "")
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else "-"
        spread = "/".join(f"{row.spread(side):.0%}" for side in (NATIVE, FARL))
        lines.append(
            [f"{row.name} [{row.unit}]", *(significant(row.median(s)) for s in (NATIVE, FARL)), ratio, spread, goal, verdict]
        )
    print_table(["benchmark [unit]", "native", "farl", "ratio", "spread", "goal", "verdict"], lines)


def rows_as_json(rows, goals):
    described = []
    for row in rows:
        goal, verdict = goals[row.name].judge(row) if row.name in goals else (None, None)
        described.append(
            {
                **{"name": row.name, "unit": row.unit, "native": row.median(NATIVE), "farl": row.median(FARL)},
                **{"ratio": row.ratio, "goal": goal, "verdict": verdict, "values": row.values},
            }
        )
    return described


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
    }


def note(text):
    print(text, file=sys.stderr, flush=True)
