"""redis-server under redis-benchmark: operations a second, and the server's processor time for each."""

import contextlib

from bench.goals import Ratio
from bench.harness import Case
from bench.processes import pinned, processor_seconds, succeeded
from tests.support.runner import NATIVE
from tests.support.server import Server, free_port

CLIENTS = 50

GOALS = [
    *(Ratio(metric=f"redis {kind}, pipeline 16", at_least=0.92) for kind in ("SET", "GET")),
    *(Ratio(metric=f"redis {kind}, 50 clients: server processor time", at_most=1.10) for kind in ("SET", "GET")),
]


def cases(is_quick):
    requests = 20_000 if is_quick else 100_000
    return [redis_case(1, requests), redis_case(16, requests * 5)]


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
