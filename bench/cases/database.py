"""Transactions of reads and updates on a database of sqlite3, by what keeps it: the paper's figure 13, with another workload."""

import dataclasses
import random

from bench.goals import Ratio
from bench.harness import Case
from bench.sides import AUTO, GOCRYPTFS, NATIVE, SQLCIPHER, VOLUME, VOLUME_LAZY
from bench.storage import files_of

SIDES = (NATIVE, AUTO, VOLUME, VOLUME_LAZY, SQLCIPHER, GOCRYPTFS)
READS, UPDATES = 4, 2  # of each transaction
KEYS = (1, 10, 100, 300)  # thousands
SYNCED_KEYS = 100
SHELL_CACHE_KEYS = 10  # sqlite's own cache holds as many: nothing is read, so none has anything to decrypt

# The shell prints the seconds between the two readings of the clock.
BEGIN_CLOCK = "CREATE TEMP TABLE clock AS SELECT julianday('now') AS began;\n"
ELAPSED = ".output stdout\nSELECT (julianday('now') - began) * 86400 FROM clock;\n"


@dataclasses.dataclass(frozen=True)
class Mode:
    name: str
    pragmas: str


WAL = Mode("WAL, synchronous=normal", "PRAGMA journal_mode=WAL; PRAGMA synchronous=normal;\n")
FULL = Mode("rollback journal, synchronous=full", "PRAGMA journal_mode=DELETE; PRAGMA synchronous=full;\n")


def metric(mode, keys):
    return f"sqlite3, {mode.name}, {keys} k keys"


MEASURED = [(WAL, keys) for keys in KEYS] + [(FULL, SYNCED_KEYS)]
GOALS = [
    Ratio(metric=metric(*measured), side=VOLUME, to=side, at_least=bound)
    for measured in MEASURED
    for side, bound in ((NATIVE, 0.9), (SQLCIPHER, 2.5), (GOCRYPTFS, 2))
    if side != SQLCIPHER or measured[1] > SHELL_CACHE_KEYS
]


def transaction(draw, keys):
    reads = "".join(f"SELECT text FROM t WHERE id={draw.randint(1, keys)};" for _ in range(READS))
    updates = "".join(
        f"UPDATE t SET text=substr(text,2)||'{draw.choice('abc')}' WHERE id={draw.randint(1, keys)};" for _ in range(UPDATES)
    )
    return f"BEGIN;{reads}{updates}COMMIT;\n"


def script(mode, keys, transactions):
    """The same for each run: the numbers are drawn of one seed."""
    draw = random.Random(1)
    return (
        "PRAGMA key='bench';\n"  # sqlite3 knows nothing of it, and does nothing
        + ".output /dev/null\n"
        + mode.pragmas
        + "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT);\n"
        + f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT {keys})"
        + " INSERT INTO t SELECT i, hex(randomblob(50)) FROM n;\n"
        + BEGIN_CLOCK
        + "".join(transaction(draw, keys) for _ in range(transactions))
        + ELAPSED
    )


def cases(is_quick):
    return [database_case(mode, keys, 3000 if is_quick else 10_000) for mode, keys in MEASURED]


def database_case(mode, keys, transactions):
    name = metric(mode, keys)

    def measure(runner):
        statements = script(mode, keys * 1000, transactions).encode()
        with files_of(runner) as place:
            done = place.run(place.sqlite, place.path("bench.db"), stdin=statements)
            return {name: transactions * (READS + UPDATES) / float(done.text.split()[-1]) / 1000}

    return Case(name, {name: "k op/s"}, measure, SIDES, program="sqlite3")
