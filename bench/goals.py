"""What an issue promises of a metric: a bound on a number that is made of the medians of one or several sides."""

import dataclasses

from bench.sides import ASYNC, AUTO, NATIVE, SYNC, Side
from bench.numbers import significant


def is_duration(unit):
    """Less is better then; of everything else more."""
    return unit.split("/")[0] in ("ns", "us", "ms", "s")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Goal:
    """A kind of goal says what it `subject`s to the bound, and computes it from a row: None if it was not measured.

    `sides` are all that it needs.
    """

    metric: str
    at_least: float = None
    at_most: float = None

    @property
    def bound(self):
        return self.at_most if self.at_least is None else self.at_least

    def words(self, row):
        return f"{self.subject()} {'<=' if self.at_least is None else '>='} {self.bound:g}{self.suffix(row.unit)}"

    def verdict(self, row):
        """met, or by how much it is missed"""
        seen = self.seen(row)
        if seen is None:
            return "not measured"
        missed_by = seen - self.bound if self.at_least is None else self.bound - seen
        return "met" if missed_by <= 0 else f"MISSED by {significant(missed_by)} ({missed_by / self.bound:.0%})"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Value(Goal):
    side: Side = AUTO

    def sides(self):
        return {self.side}

    def subject(self):
        return str(self.side)

    def suffix(self, unit):
        return f" {unit}"

    def seen(self, row):
        return row.median(self.side)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ratio(Goal):
    """One side's value over another's, whichever of them should be the larger one."""

    side: Side = AUTO
    to: Side = NATIVE

    def sides(self):
        return {self.side, self.to}

    def subject(self):
        return f"{self.side} / {self.to}"

    def suffix(self, _):
        return "x"

    def seen(self, row):
        return row.ratio(self.side, self.to)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference(Goal):
    side: Side = AUTO
    to: Side = NATIVE

    def sides(self):
        return {self.side, self.to}

    def subject(self):
        return f"{self.side} - {self.to}"

    def suffix(self, unit):
        return f" {unit}"

    def seen(self, row):
        values = row.median(self.side), row.median(self.to)
        return None if None in values else values[0] - values[1]


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfBest(Goal):
    """How near a side comes to the best of others, 1 being as good: durations are turned over."""

    side: Side = AUTO
    others: tuple = (SYNC, ASYNC)

    def sides(self):
        return {self.side, *self.others}

    def subject(self):
        return f"{self.side} of the best of {', '.join(map(str, self.others))}"

    def suffix(self, _):
        return "x"

    def seen(self, row):
        own, others = row.median(self.side), [row.median(side) for side in self.others]
        if not own or None in others or not all(others):
            return None
        return min(others) / own if is_duration(row.unit) else own / max(others)
