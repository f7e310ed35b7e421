"""Servers that speak TLS: by themselves, behind stunnel, or in an enclave behind the network shield.

All have a P-256 key; the client asks for TLS 1.3 with AES-128-GCM of each (bench/load/tls.h).
"""

import contextlib
import dataclasses
import os
import tempfile

from bench.processes import BUILD, pinned
from bench.servers import NGINX, memcached, redis, write
from tests.net.shield import Authority
from tests.support.cas import Cas
from tests.support.runner import NATIVE
from tests.support.server import Server, free_port
from tests.support.stunnel import stunnel

BIN = os.path.join(BUILD, "bin")
SERVER_CPU = 1
PAGE_SIZES = {"page.html": 1 << 10, "page64k.html": 64 << 10, "page1m.html": 1 << 20}

SESSION = """\
farl: 1
name: bench
secrets:
  authority: {{ kind: authority, common_name: bench, valid_days: 2 }}
  server: {{ kind: certificate, authority: authority, common_name: server, hosts: [ localhost ], valid_days: 1 }}
services:
  server:
    argv: {arguments}
    environment: {{ PATH: "/usr/bin:/bin:/usr/sbin:/sbin" }}
    network: {{ unix: plain, udp: plain, listen: [ {{ port: {port}, mode: tls-server, certificate: server }} ] }}
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }}
"""


@dataclasses.dataclass(frozen=True)
class TlsKind:
    """`plain(directory, port)` is how the server is started without TLS; `own(directory, port, certificate, key)` with its own, if it has any."""

    name: str
    program: str
    plain: object
    own: object = None


def own_redis(directory, port, certificate, key):
    listens = ("--bind", "127.0.0.1", "--port", 0, "--tls-port", port, "--dir", directory)
    files = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
    return ("redis-server", *listens, *files, "--save", "", "--appendonly", "no")


def own_memcached(directory, port, certificate, key):
    return (*memcached(directory, port), "-Z", "-o", f"ssl_chain_cert={certificate},ssl_key={key}")


def nginx(directory, port, tls=""):
    for name, size in PAGE_SIZES.items():
        write(directory, name, "x" * size)
    text = NGINX.format(directory=directory, port=port)
    if tls:
        text = text.replace(" backlog=1024;", f" ssl backlog=1024;\n        {tls}")
    return ("/usr/sbin/nginx", "-p", directory, "-c", write(directory, "nginx.conf", text), "-e", "stderr")


def own_nginx(directory, port, certificate, key):
    return nginx(directory, port, f"ssl_protocols TLSv1.3; ssl_certificate {certificate}; ssl_certificate_key {key};")


def stream(way):
    """bench/micro/stream.c, and what BoringSSL does of it."""
    plain = os.path.join(BUILD, "bench/stream")
    tls = os.path.join(BIN, "bench_boringssl")
    return TlsKind(f"stream {way}", plain, lambda _, port: (plain, port, way), lambda _, port, *files: (tls, port, way, *files))


REDIS = TlsKind("redis", "redis-server", redis, own_redis)
MEMCACHED = TlsKind("memcached", "memcached", memcached, own_memcached)
NGINX_STATIC = TlsKind("nginx", "/usr/sbin/nginx", nginx, own_nginx)


@dataclasses.dataclass(frozen=True)
class Running:
    port: int
    pids: tuple


@contextlib.contextmanager
def started(kind, runner):
    """All of the server's side on one processor, the client's may have the other."""
    with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
        os.chmod(directory, 0o755)  # servers that start as root read files as somebody else
        if isinstance(runner, Stunnel):
            ways = runner.behind(kind, directory)
        else:
            ways = own_tls(kind, directory) if runner.is_native else shielded(kind, directory, runner)
        with ways as running:
            yield running


@contextlib.contextmanager
def own_tls(kind, directory):
    port, files = free_port(), Authority(directory).issue("server")
    for path in files:
        os.chmod(path, 0o644)
    with Server(pinned(NATIVE, SERVER_CPU), kind.own(directory, port, *files), port) as server:
        yield Running(port, (server.pid,))


class Stunnel:
    """In front of the server without TLS."""

    def __init__(self, native):
        self._native = pinned(native, SERVER_CPU)

    @contextlib.contextmanager
    def behind(self, kind, directory):
        port, plain = free_port(), free_port()
        files = Authority(directory).issue("server")
        with Server(self._native, kind.plain(directory, plain), plain) as server:
            with stunnel(self._native, directory, port, plain, *files) as front:
                yield Running(port, (server.pid, front.pid))


@contextlib.contextmanager
def shielded(kind, directory, runner):
    """By a session of a CAS of its own."""
    port = free_port()
    command = [str(word) for word in kind.plain(directory, port)]
    cas = Cas(BIN, directory)
    try:
        arguments = "[ " + ", ".join(f'"{word}"' for word in command) + " ]"
        cas.create("bench", SESSION.format(arguments=arguments, port=port, mrenclave=cas.mrenclave()))
        options = ("--cas", cas.enclaves, "--cas-key", cas.key, "--session", "bench/server")
        with Server(pinned(runner.with_options(*options), SERVER_CPU), (command[0],), port) as server:
            yield Running(port, (server.pid,))
    finally:
        cas.stop()


# side: what makes a runner for it of the native one
FRONTS = {"stunnel": Stunnel, "boringssl": lambda native: native}
