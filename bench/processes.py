"""Processes that are measured: where they run, what processor time they took, and whether they succeeded."""

import os
import shutil

from tests.support.runner import Runner

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build")


def pinned(runner, cpu):
    """The same runner on one processor, where there is another one for the other end."""
    has_two = os.sched_getaffinity(0) >= {0, 1}
    if not has_two or not shutil.which("taskset"):
        return runner
    return Runner(["taskset", "-c", str(cpu), *runner.command()])


def processor_seconds(pid):
    """utime + stime of a process, all its threads together (proc(5), /proc/pid/stat)."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def succeeded(outcome):
    if outcome.status != 0:
        raise RuntimeError(f"status {outcome.status}: {outcome.errors.strip()[-300:]}")
    return outcome
