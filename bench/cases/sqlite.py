"""The sqlite3 shell on a file: many small transactions, and one large query."""

import os
import tempfile

from bench.harness import Case
from bench.processes import succeeded

INSERTS = 2000
SELECTED_ROWS = 300_000

# The shell prints the seconds between the two readings of the clock.
CLOCK = "CREATE TEMP TABLE IF NOT EXISTS clock AS SELECT julianday('now') AS began;"
ELAPSED = "SELECT (julianday('now') - began) * 86400 FROM clock;"
SINGLE_INSERTS = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT);"
    + CLOCK
    + "".join(f"INSERT INTO t(text) VALUES ('row {n}');\n" for n in range(INSERTS))
    + ELAPSED
)
SELECT = (
    "CREATE TEMP TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d)"
    " SELECT i AS id, i * 7919 %% 10007 AS key, 'text ' || i AS text FROM n; CREATE INDEX temp.k ON t(key);" % SELECTED_ROWS
    + CLOCK
    + "\n.output /dev/null\nSELECT key, count(*), max(text) FROM t GROUP BY key;"
    " SELECT count(*) FROM t AS a JOIN t AS b ON b.id = a.key WHERE a.text LIKE '%7%';\n.output stdout\n"
    + ELAPSED
)


def sqlite_case(name, unit, script, count):
    def measure(runner):
        with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
            done = succeeded(runner.run("sqlite3", os.path.join(directory, "bench.db"), stdin=script.encode()))
            return {name: count / float(done.text.split()[-1]) / 1000}

    return Case(name, {name: unit}, measure)


def cases(is_quick):
    return [
        sqlite_case("sqlite3, single inserts", "k rows/s", SINGLE_INSERTS, INSERTS),
        sqlite_case("sqlite3, group and join", "k rows/s", SELECT, SELECTED_ROWS),
    ]
