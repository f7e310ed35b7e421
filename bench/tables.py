"""Results as tables: (header, lines), of text, for whoever shows them."""

from bench.numbers import significant
from bench.sides import NATIVE

LEGEND = (
    "Medians; in brackets: over the native one; spread: largest less smallest value over the median, of the worst side."
)


def cell(row, side):
    """The median, and what part of the native one it is."""
    ratio = row.ratio(side) if side != NATIVE else None
    return significant(row.median(side)) + (f" ({ratio:.2f})" if ratio is not None else "")


def row_tables(rows):
    """Rows with the same sides make one table."""
    by_sides = {}
    for row in rows:
        by_sides.setdefault(tuple(row.values), []).append(row)
    for sides, group in by_sides.items():
        lines = []
        for row in group:
            spread = max((row.spread(side) for side in sides), default=0)
            lines.append([f"{row.name} [{row.unit}]", *(cell(row, side) for side in sides), f"{spread:.0%}"])
        yield ["benchmark [unit]", *map(str, sides), "spread"], lines


def judged(rows, goals):
    """(row, goal) of each goal whose metric was to be measured on all sides that it needs."""
    return [(row, goal) for row in rows for goal in goals if goal.metric == row.name and goal.sides() <= set(row.values)]


def goal_table(rows, goals):
    lines = []
    for row, goal in judged(rows, goals):
        lines.append([row.name, goal.words(row), significant(goal.seen(row)), goal.verdict(row)])
    return ["goal", "promise", "seen", "verdict"], lines


def print_table(header, lines):
    widths = [max(len(line[column]) for line in [header, *lines]) for column in range(len(header))]
    for line in [header, ["-" * width for width in widths], *lines]:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        print("  ".join(cells).rstrip())


def markdown(header, lines):
    divider = ["---", *("---:" for _ in header[1:])]
    return "".join(f"| {' | '.join(line)} |\n" for line in [header, divider, *lines])
