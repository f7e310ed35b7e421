"""HTTP servers: what all tests of them do. Those of a language's own server, and of servers with files and logs."""

import os

from tests.support.crowd import connect, half_close, receive_all, reset, wait_until
from tests.support.fetch import fetch
from tests.support.runner import NATIVE, UNDER_TEST_BY_HOST_CALLS
from tests.support.server import Server, free_port

REQUESTS = 1000
CONNECTIONS = 40


class HttpServerTests:
    """For a test of a server that answers /hello with `greeting`, /large, and /echo with what was posted."""

    greeting = ""
    paths = ("hello", "large", "missing")

    def command(self, port):
        raise NotImplementedError

    def served(self, runner):
        port = free_port()
        return Server(runner, self.command(port), port)

    def in_each_way(self, check):
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way), self.served(runner) as server:
                check(server)

    def curl(self, server, path, *options, **input):
        return NATIVE.run("curl", "--silent", "--noproxy", "*", *options, server.url(path), **input)

    def assert_load_is_served(self, server):
        """Many requests over many connections at once, each of which has to be answered."""
        many = ("--parallel", "--parallel-max", CONNECTIONS)
        answers = self.curl(server, f"hello?[1-{REQUESTS}]", *many)
        self.assertEqual(answers.status, 0, answers.errors)
        self.assert_same_bytes(self.greeting.encode() * REQUESTS, answers.stdout, "answers")

    def test_curl_gets_what_a_native_server_sends(self):
        body = os.urandom(1 << 20)

        def check(tested):
            with self.served(NATIVE) as native:
                for path in self.paths:
                    self.assert_agree(self.curl(native, path), self.curl(tested, path), path)
            echoed = self.curl(tested, "echo", "--data-binary", "@-", stdin=body)
            self.assert_same_bytes(body, echoed.stdout, "echo")

        self.in_each_way(check)


# ---- servers with a directory, where their logs are


def read(server, name):
    """A file of the server's, empty as long as there is none: some listen before they open their logs."""
    if not os.path.exists(f"{server.directory}/{name}"):
        return ""
    with open(f"{server.directory}/{name}") as file:
        return file.read()


def logged(server, count):
    """The lines of the access log, which come after the answers and in no fixed order."""
    wait_until(lambda: len(read(server, "access.log").splitlines()) >= count)
    return sorted(read(server, "access.log").splitlines())


def misbehave(server, paths):
    """Clients that ask for each path, begin another request, and go or stop reading."""
    for path in paths:
        for leave in (reset, half_close) * 10:
            client = connect(server.port)
            client.sendall(f"GET /{path} HTTP/1.1\r\nHost: a\r\n\r\nGET /half HT".encode())
            leave(client)
            client.close()


def serve_beside_a_slow_client(server, path):
    """What /page.html answers, and all that a client gets of `path` who reads only afterwards."""
    with connect(server.port) as slow:
        slow.sendall(f"GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return fetch(server.url + "/page.html"), receive_all(slow)
