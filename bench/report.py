"""Results as tables for people, and as JSON."""

import os
import sys

from bench.numbers import print_table, significant
from bench.sides import NATIVE


def note(text):
    print(text, file=sys.stderr, flush=True)


class Progress:
    """One line that says what is measured now; it replaces itself on a terminal."""

    def __init__(self, stream=sys.stderr):
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._last_case = None

    def __call__(self, text):
        if self._is_terminal:
            width = os.get_terminal_size(self._stream.fileno()).columns
            self._write("\r" + text[: width - 1].ljust(width - 1))
        elif self._last_case != (case := text.split(":")[0]):
            self._last_case = case
            self._write(f"measuring {case}\n")

    def finish(self):
        if self._is_terminal:
            self._write("\n")

    def _write(self, text):
        self._stream.write(text)
        self._stream.flush()


def cell(row, side):
    """The median, and what part of the native one it is."""
    ratio = row.ratio(side) if side != NATIVE else None
    return significant(row.median(side)) + (f" ({ratio:.2f})" if ratio is not None else "")


def print_rows(rows):
    """Rows with the same sides make one table."""
    by_sides = {}
    for row in rows:
        by_sides.setdefault(tuple(row.values), []).append(row)
    for sides, group in by_sides.items():
        lines = []
        for row in group:
            spread = max((row.spread(side) for side in sides), default=0)
            lines.append([f"{row.name} [{row.unit}]", *(cell(row, side) for side in sides), f"{spread:.0%}"])
        print_table(["benchmark [unit]", *map(str, sides), "spread"], lines)
        print()
    print("medians; in brackets: over the native one; spread: largest less smallest value over the median, of the worst side")


def judged(rows, goals):
    """(row, goal) of each goal whose metric was to be measured on all sides that it needs."""
    return [(row, goal) for row in rows for goal in goals if goal.metric == row.name and goal.sides() <= set(row.values)]


def print_goals(rows, goals):
    lines = [[row.name, goal.words(row), significant(goal.seen(row)), goal.verdict(row)] for row, goal in judged(rows, goals)]
    if lines:
        print()
        print_table(["goal", "promise", "seen", "verdict"], lines)


def side_as_json(row, side):
    return {"median": row.median(side), "ratio": row.ratio(side), "values": row.values[side]}


def rows_as_json(rows, goals):
    described = []
    for row in rows:
        promises = [
            {"promise": goal.words(row), "seen": goal.seen(row), "verdict": goal.verdict(row)}
            for _, goal in judged([row], goals)
        ]
        sides = {str(side): side_as_json(row, side) for side in row.values}
        described.append({"name": row.name, "unit": row.unit, "sides": sides, "goals": promises})
    return described
