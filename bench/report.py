"""Where results go: to the terminal, and to a directory with results.json, report.md and the figures."""

import json
import os
import shutil
import statistics
import sys

from bench.plots import paper
from bench.plots.figures import all_figures
from bench.plots.gnuplot import draw
from bench.tables import LEGEND, goal_table, judged, markdown, print_table, row_tables


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


def print_results(rows, goals):
    for header, lines in row_tables(rows):
        print_table(header, lines)
        print()
    print(LEGEND)
    header, lines = goal_table(rows, goals)
    if lines:
        print()
        print_table(header, lines)


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


def taken_by_others(details):
    """How much other processes disturbed the curves of servers, in words."""
    parts = [point["others"] for detail in details for point in detail.get("curve", ())]
    return f"{statistics.median(parts):.0%}" if parts else "-"


def write_json(path, results):
    with open(path, "w") as file:
        json.dump(results, file, indent=1)


def draw_figures(directory, results):
    """The names of the figures that were drawn."""
    if not shutil.which("gnuplot"):
        note("no figures: gnuplot is not installed")
        return []
    drawn = []
    for name, panels, caption in all_figures(results, paper.figures()):
        draw(directory, name, panels, caption)
        drawn.append((name, caption))
    return drawn


def write_report(directory, results, rows, goals):
    os.makedirs(directory, exist_ok=True)
    write_json(os.path.join(directory, "results.json"), results)
    figures = draw_figures(directory, results)
    with open(os.path.join(directory, "report.md"), "w") as file:
        file.write("# Benchmarks\n\n")
        file.write("".join(f"- {name}: {value}\n" for name, value in results["machine"].items()))
        for header, lines in (*row_tables(rows), goal_table(rows, goals)):
            file.write("\n" + markdown(header, lines))
        file.write(f"\n{LEGEND}\n")
        file.write("".join(f"\nFailed: {failure}\n" for failure in results["failures"]))
        file.write("".join(f"\n![{caption}]({name}.svg)\n" for name, caption in figures))
