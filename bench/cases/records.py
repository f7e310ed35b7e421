"""A file in records of one size, as IOZone does it: the paper's figure 12."""

import os

from bench.goals import Ratio
from bench.harness import Case
from bench.processes import BUILD
from bench.sides import ENCRYPTED, EPHEMERAL, NATIVE, VOLUME
from bench.storage import files_of

OPERATIONS = ("write", "rewrite", "read", "reread", "random-write", "random-read")
RECORDS = (1, 2, 4, 8, 16)  # KiB
SIDES = (NATIVE, EPHEMERAL, ENCRYPTED, VOLUME)
PROGRAM = os.path.join(BUILD, "bench/file_records")


def metric(operation, record):
    return f"records of {record} KiB, {operation}"


GOALS = [
    Ratio(metric=metric(operation, record), side=EPHEMERAL, at_least=1.5) for record in RECORDS for operation in OPERATIONS
]


def cases(is_quick):
    return [record_case(record, 16 << 20 if is_quick else 64 << 20) for record in RECORDS]


def record_case(record, file_size):
    def measure(runner):
        with files_of(runner) as place:
            return {
                metric(operation, record): float(place.run(PROGRAM, operation, record << 10, file_size, place.path("file")).text)
                for operation in OPERATIONS
            }

    return Case(f"records of {record} KiB", {metric(operation, record): "MB/s" for operation in OPERATIONS}, measure, SIDES)
