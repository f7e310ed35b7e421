"""Random blocks of a file in memory: the host's tmpfs natively, the enclave's own files inside."""

import os

from bench.goals import Ratio
from bench.harness import Case
from bench.processes import BUILD, succeeded

NAMES = {"pread": "pread 4 KiB of a file in memory", "pwrite": "pwrite 4 KiB of a file in memory"}
GOALS = [Ratio(metric=name, at_least=1.5) for name in NAMES.values()]


def cases(is_quick):
    return [block_case(call, 100 if is_quick else 300) for call in NAMES]


def block_case(call, milliseconds):
    program = os.path.join(BUILD, "bench/file_blocks")

    def measure(runner):
        place = f"/dev/shm/farl-bench-{os.getpid()}"  # the program makes the file there, and removes it
        nanoseconds = float(succeeded(runner.run(program, call, place, milliseconds)).text)
        return {NAMES[call]: 1e6 / nanoseconds}

    return Case(NAMES[call], {NAMES[call]: "k calls/s"}, measure)
