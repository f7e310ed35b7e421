"""Servers over TLS: the network shield against the server's own TLS, and against stunnel in front of it.

Each server side has one processor, and the client the other one. What a client can ask for is limited too, so the
processor time that a server takes for each request counts beside the rate.
"""

import json
import os
import shutil

from bench.goals import Ratio
from bench.harness import Case
from bench.processes import BUILD, pinned, succeeded
from bench.sides import AUTO, AUTO_SGX2, BORINGSSL, NATIVE, STUNNEL
from bench.tls_servers import MEMCACHED, NGINX_STATIC, PAGE_SIZES, REDIS, started, stream
from tests.support import runner as runners

CONNECTIONS = 50
FRONTED = (NATIVE, STUNNEL, AUTO, AUTO_SGX2)
HANDSHAKES = {"full": "TLS handshakes, full", "resumed": "TLS handshakes, resumed"}
BULK = {"sending": "TLS bulk, sent by the server", "receiving": "TLS bulk, received by the server"}
RECORDS = "AES-128-GCM of BoringSSL alone, records of 16 KiB in memory"
STORES = {"redis over TLS": (REDIS, "redis"), "memcached over TLS": (MEMCACHED, "memcached")}
PAGES = {f"nginx over TLS, {size >> 10} KiB": name for name, size in PAGE_SIZES.items()}


def cost(name):
    return f"{name}: server processor time"


def goals():
    for name in STORES:
        yield Ratio(metric=name, to=STUNNEL, at_least=2)
    for name in (*STORES, *PAGES):
        yield Ratio(metric=name, at_least=1)
        yield Ratio(metric=name, side=AUTO_SGX2, at_least=0.9)
    for name in HANDSHAKES.values():
        yield Ratio(metric=cost(name), at_most=1)
        yield Ratio(metric=cost(name), side=AUTO_SGX2, at_most=1.11)
    for name in BULK.values():
        yield Ratio(metric=name, to=BORINGSSL, at_least=0.8)


GOALS = list(goals())


def cases(is_quick):
    seconds = 0.5 if is_quick else 2
    for name, (kind, protocol) in STORES.items():
        yield load_case(name, kind, (protocol,), seconds, is_store=True)
    for name, page in PAGES.items():
        yield load_case(name, NGINX_STATIC, ("http", "--path", f"/{page}"), seconds)
    for what, name in HANDSHAKES.items():
        yield handshake_case(name, what, seconds)
    for way, what in (("send", "sending"), ("receive", "receiving")):
        yield bulk_case(BULK[what], way, what, seconds)
    yield Case(RECORDS, {RECORDS: "MB/s"}, measure_records, (NATIVE,))


def client(program, *arguments):
    """What a client on the other processor prints."""
    command = pinned(runners.NATIVE, 0)
    return json.loads(succeeded(command.run(os.path.join(BUILD, "bin", program), *arguments)).text)


def offered(*options):
    """Tried again if there is no answer at all: others may have had the machine all that time."""
    for _ in range(3):
        seen = client("bench_load", *options)
        if seen["answers"]:
            return seen
    raise RuntimeError("no answer, three times")


def of(running):
    return ("--port", running.port, *(word for pid in running.pids for word in ("--server", pid)))


def load_case(name, kind, asks, seconds, is_store=False):
    def measure(runner):
        with started(kind, runner) as running:
            common = (*asks, "--tls", "--spin", "--connections", CONNECTIONS, *of(running))
            if is_store:
                client("bench_load", *common, "--preload")
            seen = offered(*common, "--duration", seconds, "--warm-up", seconds / 4)
        if seen["failures"] or seen["disconnections"]:
            raise RuntimeError(f"{seen['failures']} of {seen['answers']} requests were refused, {seen['disconnections']} cut off")
        return {name: seen["achieved"] / 1000, cost(name): seen["server_processor_s"] / seen["answers"] * 1e6}

    return Case(name, {name: "k op/s", cost(name): "us/op"}, measure, FRONTED, program=shutil.which(kind.program) or kind.program)


def handshake_case(name, what, seconds):
    def measure(runner):
        with started(NGINX_STATIC, runner) as running:
            seen = client("bench_tls", what, "--duration", seconds, *of(running))
        return {name: seen["rate"], cost(name): seen["processor_s_each"] * 1e6}

    return Case(name, {name: "1/s", cost(name): "us/op"}, measure, FRONTED, program=NGINX_STATIC.program)


def bulk_case(name, way, what, seconds):
    def measure(runner):
        with started(stream(way), runner) as running:
            seen = client("bench_tls", what, "--duration", seconds, *of(running))
        return {name: seen["rate"] / 1e6, cost(name): seen["processor_s_each"] * 1e12}

    return Case(name, {name: "MB/s", cost(name): "us/MB"}, measure, (BORINGSSL, AUTO, AUTO_SGX2))


def measure_records(runner):
    return {RECORDS: float(succeeded(pinned(runner, 1).run(os.path.join(BUILD, "bin/bench_boringssl"), "records")).text)}
