"""Throughput against latency of a server: the load that saturates it, then parts and multiples of that load."""

import dataclasses
import json
import os
import statistics

from bench.processes import BUILD, succeeded

CONNECTIONS = 100
SATURATED = 1.0
HALF = 0.5
PAST_SATURATION = 2.0
MUCH = 0.1  # of all processors: more than this, taken by others, spoils a measurement


@dataclasses.dataclass(frozen=True)
class Plan:
    """Loads as parts of the saturating one. From saturation on, each is offered `repeats` times in turns."""

    parts: tuple = (0.1, 0.25, HALF, 0.75, 0.9, SATURATED, 1.25, 1.5, PAST_SATURATION)
    repeats: int = 3
    seconds: float = 0.6
    search_seconds: float = 1.0
    rounds: int = 3
    tries: int = 3  # of each offer, while others take much of the machine

    def order(self):
        below = [part for part in self.parts if part < SATURATED]
        return below + [part for part in self.parts if part >= SATURATED] * self.repeats


FULL = Plan()
QUICK = Plan(parts=(HALF, SATURATED, PAST_SATURATION), repeats=1, seconds=0.3, search_seconds=0.3, rounds=1, tries=1)


class Client:
    """bench_load against one server, through a runner that says where the client runs.

    A client with a processor of its own does not sleep: a server pays nothing for waking a client on another machine.
    """

    def __init__(self, runner, kind, server, is_alone):
        self._runner = runner
        self._options = ("--spin",) if is_alone else ()
        self._kind = kind
        self._server = server

    def preload(self):
        """Fills a store; returns how many requests that took."""
        return self._run("--preload")["sent"] if self._kind.is_store else 0

    def offer(self, rate, seconds, tries=1):
        """What became of a load of `rate` requests a second; 0: as many as there are answers. The least disturbed try."""
        best = None
        for _ in range(tries):
            seen = self._offer_once(rate, seconds)
            if not best or taken_by_others(seen) < taken_by_others(best):
                best = seen
            if taken_by_others(best) <= MUCH:
                break
        return best

    def _offer_once(self, rate, seconds):
        options = ("--rate", rate, "--duration", seconds, "--warm-up", seconds / 4, "--server", self._server.pid)
        seen = self._run(*options)
        if not seen["answers"]:  # the machine may have been busy with something else all that time
            seen = self._run(*options)
        if not seen["answers"]:
            raise RuntimeError(f"no answer in {seconds} s at {rate:.0f} requests a second")
        if seen["failures"]:
            raise RuntimeError(f"{seen['failures']} of {seen['answers']} requests were refused")
        return seen

    def _run(self, *options):
        program = os.path.join(BUILD, "bin/bench_load")
        options = ("--port", self._server.port, "--connections", CONNECTIONS, *self._options, *options)
        return json.loads(succeeded(self._runner.run(program, *self._kind.asks, *options, timeout=60)).text)


def taken_by_others(seen):
    """What part of the machine's processors neither the server nor the client had."""
    others = seen["machine_processor_s"] - seen["server_processor_s"] - seen["client_processor_s"]
    return max(0, others / seen["duration_s"] / os.cpu_count())


def point_of(seen, part):
    """What is kept of one offer."""
    return {
        "part": part,
        "offered": seen["offered"],
        "achieved": seen["achieved"],
        **{f"{name}_us": seen["latency_us"][name] for name in ("mean", "p50", "p99")},
        "processor_us": seen["server_processor_s"] / seen["answers"] * 1e6,
        "processors": seen["server_processor_s"] / seen["duration_s"],
        "client_processors": seen["client_processor_s"] / seen["duration_s"],
        "disconnections": seen["disconnections"],
        "others": taken_by_others(seen),
    }


def medians(points):
    """One point out of several of the same load: each of its numbers is a median of its own."""
    return {key: statistics.median(point[key] for point in points) for key in points[0]}


def measure_curve(client, plan):
    """The points of the curve, by rising load."""
    saturating = client.offer(0, plan.search_seconds, plan.tries)["achieved"]
    points = [point_of(client.offer(part * saturating, plan.seconds, plan.tries), part) for part in plan.order()]
    return [medians([point for point in points if point["part"] == part]) for part in plan.parts]


def at(curve, part):
    return next(point for point in curve if point["part"] == part)
