"""Writes of several threads at once, each to a file of its own: the paper's figure 14."""

import os
import tempfile

from bench.goals import OfBest, Ratio
from bench.harness import Case
from bench.processes import BUILD, succeeded
from bench.sides import ASYNC_SGX2, AUTO, AUTO_SGX2, ENGINES, ENGINES_SGX2, EVERY, SYNC_SGX2

THREADS = (1, 2, 4, 8)
SIZES = {32: "32 B", 1024: "1 KiB", 4096: "4 KiB", 16384: "16 KiB", 65536: "64 KiB"}


def metric(size, threads):
    return f"pwrite {SIZES[size]}, {threads} thread{'s' if threads > 1 else ''}"


GOALS = [Ratio(metric=metric(32, threads), side=ASYNC_SGX2, to=SYNC_SGX2, at_least=3) for threads in THREADS] + [
    OfBest(metric=metric(size, threads), side=side, others=others[:2], at_least=0.9)
    for size in SIZES
    for threads in THREADS
    for side, others in ((AUTO, ENGINES), (AUTO_SGX2, ENGINES_SGX2))
]


def cases(is_quick):
    milliseconds = 100 if is_quick else 300
    return [write_case(size, threads, milliseconds) for size in SIZES for threads in THREADS]


def write_case(size, threads, milliseconds):
    name = metric(size, threads)

    def measure(runner):
        with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
            program = os.path.join(BUILD, "bench/parallel_pwrite")
            return {name: float(succeeded(runner.run(program, threads, size, directory, milliseconds)).text)}

    return Case(name, {name: "k calls/s"}, measure, EVERY)
