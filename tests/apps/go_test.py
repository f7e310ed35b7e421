"""Go: its runtime's threads, signals and collector, static and with the C library; an HTTP server; tests of its library."""

import signal

from tests.apps.go_std import Package
from tests.support.http import HttpServerTests
from tests.support.runner import NATIVE, UNDER_TEST_BY_HOST_CALLS
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


class HttpServerTest(HttpServerTests, AppTest):
    greeting = "hello from Go\n"
    paths = ("hello", "large", "missing", "digest?text")

    def command(self, port):
        return (program("go_server"), f"127.0.0.1:{port}")

    def test_many_clients_are_served_and_sigterm_ends_it_in_order(self):
        def check(server):
            self.assert_load_is_served(server)
            self.assertEqual(server.stop(signal.SIGTERM), 0, server.output())
            self.assertEqual(server.output(), "ending\n")

        self.in_each_way(check)


if __name__ == "__main__":
    main("go", "curl", program("go_parts"))
