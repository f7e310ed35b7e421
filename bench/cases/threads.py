"""What threads of one program cost each other, all on one processor: switches, wake-ups, creation, messages."""

import os

from bench.goals import Value
from bench.harness import Case
from bench.processes import BUILD, pinned, succeeded

# By what bench/micro/threads.c calls them.
METRICS = {
    "switch": "switch between two threads",
    "futex": "futex wake to run",
    "create": "thread creation and join",
    "pipe": "pipe between threads, round trip",
    "eventfd": "eventfd between threads, round trip",
    "socketpair": "pair of Unix sockets between threads, round trip",
}

GOALS = [
    Value(metric=METRICS["switch"], at_most=60),
    Value(metric=METRICS["futex"], at_most=300),
]


def cases(is_quick):
    milliseconds = 100 if is_quick else 300
    return [thread_case(name, milliseconds) for name in METRICS]


def thread_case(name, milliseconds):
    def measure(runner):
        program = os.path.join(BUILD, "bench/threads")
        return {METRICS[name]: float(succeeded(pinned(runner, 1).run(program, name, milliseconds)).text)}

    return Case(METRICS[name], {METRICS[name]: "ns"}, measure)
