"""Go: its runtime's threads, signals and collector, static and with the C library; an HTTP server; tests of its library."""

import os
import signal

from tests.apps.go_std import Package
from tests.support.load import assert_load_is_served
from tests.support.runner import NATIVE, UNDER_TEST_BY_HOST_CALLS
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main, program

TIME_LIMIT_SECONDS = 240
STANDARD_PACKAGES = ("sync", "context", "internal/poll", "runtime/debug")


class GoTest(AppTest):
    def agrees_in_each_way(self, name):
        native = NATIVE.run(program(name), self.directory(), timeout=TIME_LIMIT_SECONDS)
        self.assertEqual(native.status, 0, native.errors)
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way):
                self.assert_agree(native, runner.run(program(name), self.directory(), timeout=TIME_LIMIT_SECONDS))

    def test_a_static_program_agrees(self):
        self.agrees_in_each_way("go_parts")

    def test_a_program_with_the_c_library_agrees(self):
        self.agrees_in_each_way("go_parts_c")

    def test_the_standard_library_passes_its_tests(self):
        directory = self.directory()
        for name in STANDARD_PACKAGES:
            package = Package(name, directory)
            for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
                with self.subTest(name, hostcalls=way):
                    self.assertEqual(package.differences(runner), [])


class HttpServerTest(AppTest):
    def served(self, runner):
        port = free_port()
        return Server(runner, (program("go_server"), f"127.0.0.1:{port}"), port)

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
                assert_load_is_served(self, server, "hello", "hello from Go\n")
                self.assertEqual(server.stop(signal.SIGTERM), 0, server.output())
                self.assertEqual(server.output(), "ending\n")


if __name__ == "__main__":
    main("go", "curl", program("go_parts"))
