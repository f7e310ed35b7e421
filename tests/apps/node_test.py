"""Node: modules, files, timers, cryptography, worker threads, and an HTTP server with workers."""

import os
import signal

from tests.support.load import assert_load_is_served
from tests.support.runner import NATIVE, UNDER_TEST_BY_HOST_CALLS
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
CHILD = """
    try {
        require('child_process').spawn('true').on('exit', (status) => console.log(status));
    } catch (error) {
        console.log(error.code);
    }"""


def node(script, *arguments):
    return ("node", "--no-warnings", os.path.join(SCRIPTS, script), *arguments)


class NodeTest(AppTest):
    def test_its_parts_agree(self):
        done = self.succeeds_in_each_way(*node("node_parts.js", os.path.join(self.directory(), "made-")))
        self.assertIn("allocation: 5000 ", done.text)

    def test_a_child_is_refused_and_the_program_goes_on(self):
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way):
                tested = runner.run("node", "-e", CHILD)
                self.assertIn((tested.status, tested.text), ((0, "ENOSYS\n"), (0, "0\n")), tested.errors)

    def test_an_exception_ends_with_status_1_and_a_trace(self):
        tested = self.both("node", "-e", "require('fs').readFileSync('/no/such/file')")
        self.assertEqual(tested.status, 1)
        self.assertIn("ENOENT", tested.errors)


class HttpServerTest(AppTest):
    def served(self, runner):
        port = free_port()
        return Server(runner, node("node_server.js", port), port)

    def curl(self, server, path, *options, **input):
        return NATIVE.run("curl", "--silent", "--noproxy", "*", *options, server.url(path), **input)

    def test_curl_gets_what_a_native_server_sends(self):
        body = os.urandom(1 << 20)
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way), self.served(NATIVE) as native, self.served(runner) as tested:
                for path in ("hello", "large", "missing", "digest?text"):
                    self.assert_agree(self.curl(native, path), self.curl(tested, path), path)
                echoed = self.curl(tested, "echo", "--data-binary", "@-", stdin=body)
                self.assert_same_bytes(body, echoed.stdout, "echo")

    def test_many_clients_are_served_and_sigterm_ends_it_in_order(self):
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way), self.served(runner) as server:
                assert_load_is_served(self, server, "hello", "hello from Node\n")
                self.assertEqual(server.stop(signal.SIGTERM), 0, server.output())
                self.assertEqual(server.output(), "ending\n")


if __name__ == "__main__":
    main("node", "curl")
