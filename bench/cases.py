"""What is measured: how each program is started, driven and read."""

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from bench.harness import FARL, Case
from tests.support.runner import NATIVE, Runner
from tests.support.server import Server, free_port

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build")
CLIENTS = 50


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


@contextlib.contextmanager
def redis(runner):
    port = free_port()
    command = ("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no")
    with Server(pinned(runner, 1), command, port) as server:
        yield server


def redis_case(pipeline, requests):
    suffix = f"pipeline {pipeline}" if pipeline > 1 else f"{CLIENTS} clients"

    def measure(runner):
        measured = {}
        with redis(runner) as server:
            for kind in ("SET", "GET"):
                before = processor_seconds(server.pid)
                rate = benchmark(server.port, kind, pipeline, requests)
                used = processor_seconds(server.pid) - before
                measured[f"redis {kind}, {suffix}"] = rate / 1000
                measured[f"redis {kind}, {suffix}: server processor time"] = used / requests * 1e6
        return measured

    metrics = {}
    for kind in ("SET", "GET"):
        metrics[f"redis {kind}, {suffix}"] = "k op/s"
        metrics[f"redis {kind}, {suffix}: server processor time"] = "us/op"
    return Case(f"redis, {suffix}", metrics, measure)


def benchmark(port, kind, pipeline, requests):
    """Requests a second, as redis-benchmark counts them."""
    options = ("-p", port, "-n", requests, "-c", CLIENTS, "-P", pipeline, "-t", kind.lower(), "--csv")
    done = succeeded(pinned(NATIVE, 0).run("redis-benchmark", *options))
    return float(done.text.splitlines()[1].replace('"', "").split(",")[1])


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


def start_case(runs):
    def measure(runner):
        started = runner.with_options("--heap", "1G")
        durations = []
        for _ in range(runs):
            start = time.perf_counter()
            succeeded(started.run("/bin/true"))
            durations.append(time.perf_counter() - start)
        return {"start of /bin/true, 1 GiB heap": statistics.median(durations) * 1e3}

    return Case("start", {"start of /bin/true, 1 GiB heap": "ms"}, measure)


# By what bench_transitions calls them.
TRANSITIONS = {"EENTER+EEXIT": "EENTER + EEXIT", "AEX+ERESUME, page fault": "AEX + ERESUME"}


def transitions_case():
    """The emulator's own cost, measured by a program of its own, which has no native counterpart."""

    def measure(_):
        program = os.path.join(BUILD, "bin/bench_transitions")
        done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=True)
        numbers = dict(re.findall(r"^(.+?) {2,}([0-9.]+) ns", done.stdout, re.MULTILINE))
        return {title: float(numbers[key]) for key, title in TRANSITIONS.items()}

    return Case("transitions", {title: "ns" for title in TRANSITIONS.values()}, measure, sides=(FARL,))
