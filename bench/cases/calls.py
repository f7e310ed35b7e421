"""Single system calls, again and again: what one costs."""

import os
import tempfile

from bench.goals import Ratio, Value
from bench.harness import Case
from bench.processes import BUILD, succeeded

GOALS = [
    Value(metric="getppid", at_most=30),
    Value(metric="clock_gettime", at_most=40),
    Ratio(metric="pwrite 32 B", at_least=0.8),
    Ratio(metric="pwrite 32 B, static", at_least=0.8),
]


def cases(is_quick):
    milliseconds = 100 if is_quick else 300
    return [
        call_case("getppid", "getppid", 0, "ns", milliseconds),
        call_case("clock_gettime", "clock_gettime", 0, "ns", milliseconds),
        call_case("pread 32 B", "pread", 32, "k calls/s", milliseconds),
        call_case("pread 64 KiB", "pread", 65536, "k calls/s", milliseconds),
        call_case("pwrite 32 B", "pwrite", 32, "k calls/s", milliseconds),
        call_case("pwrite 64 KiB", "pwrite", 65536, "k calls/s", milliseconds),
        call_case("stat", "stat", 0, "ns", milliseconds),
        call_case("open, fstat, pread 1 KiB, close", "open-to-close", 1024, "ns", milliseconds),
        call_case("pwrite 32 B, static", "pwrite", 32, "k calls/s", milliseconds, linkage="static"),
    ]


def call_case(name, call, size, unit, milliseconds, linkage="dynamic"):
    program = os.path.join(BUILD, f"bench/calls_{linkage}")

    def measure(runner):
        with tempfile.NamedTemporaryFile(prefix="farl-bench-") as file:
            file.write(b"\xff" * max(size, 1))
            file.flush()
            nanoseconds = float(succeeded(runner.run(program, call, size, file.name, milliseconds)).text)
            file.seek(0)
            if call == "pwrite" and file.read(size) != bytes(size):
                raise RuntimeError(f"what was written to {file.name} is not in the host's file")
        return {name: nanoseconds if unit == "ns" else 1e6 / nanoseconds}

    return Case(name, {name: unit}, measure)
