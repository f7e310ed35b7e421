"""Servers under load: throughput against latency up to twice what saturates them, and the processor time it takes.

The server on one processor and the client on another, and both wherever the kernel puts them.
"""

import contextlib
import json
import shutil
import tempfile

from bench.curve import FULL, HALF, PAST_SATURATION, QUICK, SATURATED, Client, at, measure_curve
from bench.goals import OfBest, Ratio, Value
from bench.harness import DETAILS, Case
from bench.processes import pinned
from bench.servers import SERVERS
from bench.sides import ASYNC_SGX2, AUTO_SGX2, ENGINES, ENGINES_SGX2, EVERY, SYNC_SGX2
from tests.support.runner import NATIVE

PLACEMENTS = ("pinned", "free")
PEAK, PAST, COST, BUSY = "peak", "twice the saturating load over peak", "processor time", "processors at saturation"
MEDIAN, TAIL = "median latency at half load", "p99 latency at half load"
UNITS = {PEAK: "k op/s", PAST: "x", COST: "us/op", BUSY: "processors", MEDIAN: "us", TAIL: "us"}

# What explains the processor time: the enclave's own counts, by operation of the client.
COUNTS = {
    "exits": "exits",
    "async_calls": "calls by queue",
    "worker_wakes": "wake-ups of workers",
    "carrier_sleeps": "carrier sleeps",
    "carrier_wakes": "carrier wake-ups",
    "switches": "thread switches",
    "trapped": "trapped calls",
}


def title(kind, placement, what):
    return f"{kind.name} {placement}: {what}"


def goals():
    for kind in SERVERS:
        for placement in PLACEMENTS:
            peak = title(kind, placement, PEAK)
            yield Ratio(metric=peak, at_least=0.9)
            yield OfBest(metric=peak, at_least=0.9)
            yield OfBest(metric=peak, side=AUTO_SGX2, others=(SYNC_SGX2, ASYNC_SGX2), at_least=0.9)
            for side in ENGINES_SGX2:
                yield Value(metric=title(kind, placement, PAST), side=side, at_least=0.97)


GOALS = list(goals())


@contextlib.contextmanager
def started(kind, runner, placement):
    """(the server, its client)"""
    is_pinned = placement == "pinned"
    with kind.running(pinned(runner, 1) if is_pinned else runner) as server:
        yield server, Client(pinned(NATIVE, 0) if is_pinned else NATIVE, kind, server, is_alone=is_pinned)


def curve_case(kind, placement, plan):
    def measure(runner):
        with started(kind, runner, placement) as (_, client):
            client.preload()
            curve = measure_curve(client, plan)
        peak = max(point["achieved"] for point in curve)
        values = {
            PEAK: peak / 1000,
            PAST: at(curve, PAST_SATURATION)["achieved"] / peak,
            COST: at(curve, SATURATED)["processor_us"],
            BUSY: at(curve, SATURATED)["processors"],
            MEDIAN: at(curve, HALF)["p50_us"],
            TAIL: at(curve, HALF)["p99_us"],
        }
        measured = {title(kind, placement, what): value for what, value in values.items()}
        return {**measured, DETAILS: {"server": kind.name, "placement": placement, "curve": curve}}

    metrics = {title(kind, placement, what): unit for what, unit in UNITS.items()}
    return Case(f"{kind.name} {placement}", metrics, measure, sides=EVERY, most_rounds=plan.rounds)


def explanation_case(kind, placement, plan):
    """A run of its own, because counting takes time."""

    def measure(runner):
        with tempfile.NamedTemporaryFile(prefix="farl-bench-", suffix=".json") as file:
            counting = runner.with_options("--stats-format", "json", "--stats-file", file.name)
            with started(kind, counting, placement) as (server, client):
                preloaded = client.preload()
                seen = client.offer(0, plan.search_seconds)
                server.stop()
            statistics = json.load(file)
        operations = preloaded + seen["sent"]
        counted = {title(kind, placement, what): statistics[key] / operations for key, what in COUNTS.items()}
        return {**counted, DETAILS: {"server": kind.name, "placement": placement, "statistics": statistics, "load": seen}}

    metrics = {title(kind, placement, what): "1/op" for what in COUNTS.values()}
    return Case(f"{kind.name} {placement}, counts", metrics, measure, sides=(*ENGINES, *ENGINES_SGX2), most_rounds=1)


def cases(is_quick):
    plan = QUICK if is_quick else FULL
    for kind in SERVERS:
        if not shutil.which(kind.program):
            continue
        for placement in PLACEMENTS:
            yield curve_case(kind, placement, plan)
            yield explanation_case(kind, placement, plan)
