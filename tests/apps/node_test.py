"""Node: modules, files, timers, cryptography, worker threads, and an HTTP server with workers."""

import os
import signal

from tests.support.http import HttpServerTests
from tests.support.runner import UNDER_TEST_BY_HOST_CALLS
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


class HttpServerTest(HttpServerTests, AppTest):
    greeting = "hello from Node\n"
    paths = ("hello", "large", "missing", "digest?text")

    def command(self, port):
        return node("node_server.js", port)

    def test_many_clients_are_served_and_sigterm_ends_it_in_order(self):
        def check(server):
            self.assert_load_is_served(server)
            self.assertEqual(server.stop(signal.SIGTERM), 0, server.output())
            self.assertEqual(server.output(), "ending\n")

        self.in_each_way(check)


if __name__ == "__main__":
    main("node", "curl")
