"""How long a program takes to start that does nothing."""

import statistics
import time

from bench.goals import Difference
from bench.harness import Case
from bench.processes import succeeded

METRIC = "start of /bin/true, 1 GiB heap"
GOALS = [Difference(metric=METRIC, at_most=40)]


def cases(is_quick):
    return [start_case(3 if is_quick else 10)]


def start_case(runs):
    def measure(runner):
        started = runner.with_options("--heap", "1G")
        durations = []
        for _ in range(runs):
            start = time.perf_counter()
            succeeded(started.run("/bin/true"))
            durations.append(time.perf_counter() - start)
        return {METRIC: statistics.median(durations) * 1e3}

    return Case("start", {METRIC: "ms"}, measure)
