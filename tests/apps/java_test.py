"""OpenJDK: threads, faults that become exceptions, collectors of garbage, files, a compiler, and a threaded HTTP server."""

import os
import signal

from tests.support.http import HttpServerTests
from tests.support.runner import NATIVE, UNDER_TEST_BY_HOST_CALLS
from tests.support.suite import AppTest, main, program

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "java")
COLLECTORS = ("G1", "Parallel", "Serial", "Shenandoah")
COMPILERS = {"interpreter": "-Xint", "C1": "-XX:TieredStopAtLevel=1", "C2": "-XX:-TieredCompilation"}

CLASSES = program("java")


def java(name, *arguments, options=()):
    return ("java", "-Xmx64m", *options, "-cp", CLASSES, name, *arguments)


def compiler(directory, *sources):
    return ("java", "-Xmx256m", "-m", "jdk.compiler/com.sun.tools.javac.Main", "-d", directory, *sources)


class JavaTest(AppTest):
    def test_threads_agree(self):
        done = self.succeeds_in_each_way(*java("Threads"))
        self.assertIn("interrupts: 111\n", done.text)

    def test_threads_agree_with_each_compiler_alone(self):
        for name, option in COMPILERS.items():
            with self.subTest(name):
                self.succeeds(*java("Threads", options=(option,)))

    def test_faults_become_exceptions(self):
        done = self.succeeds_in_each_way(*java("Faults"))
        self.assertIn("stack overflows: 10 10\n", done.text)

    def test_each_collector_keeps_what_is_used(self):
        for collector in COLLECTORS:
            with self.subTest(collector):
                done = self.succeeds_in_each_way(*java("Garbage", 1000, options=(f"-XX:+Use{collector}GC",)))
                self.assertIn("broken 0, weak null, soft true\n", done.text)

    def test_files_agree(self):
        native = NATIVE.run(*java("Files", self.directory()))
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way):
                self.assert_agree(native, runner.run(*java("Files", self.directory())))

    def test_its_own_compiler_compiles_the_same(self):
        source = os.path.join(SOURCES, "Threads.java")
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way):
                made = self.directory()
                compiled = runner.run(*compiler(made, source))
                self.assertEqual((compiled.status, compiled.errors), (0, ""))
                self.assertEqual(contents(made, "Threads.class"), contents(CLASSES, "Threads.class"))

    def test_an_uncaught_exception_is_told_as_natively(self):
        tested = self.both(*java("Garbage", "many"))
        self.assertEqual(tested.status, 1)
        self.assertIn("NumberFormatException", tested.errors)


def contents(directory, name):
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


class HttpServerTest(HttpServerTests, AppTest):
    greeting = "hello from Java\n"

    def command(self, port):
        return java("Server", port)

    def test_many_clients_are_served(self):
        self.in_each_way(self.assert_load_is_served)

    def test_sigquit_dumps_the_threads_and_sigterm_runs_the_hooks(self):
        def check(server):
            server.wait_for_output("listening\n")
            server.process.send_signal(signal.SIGQUIT)
            server.wait_for_output("\nHeap\n")
            self.assertIn("Full thread dump OpenJDK", server.output())
            self.assertIn('"HTTP-Dispatcher"', server.output())
            self.assertEqual(server.stop(signal.SIGTERM), 128 + signal.SIGTERM, server.output())
            self.assertTrue(server.output().endswith("ending\n"), server.output())

        self.in_each_way(check)


if __name__ == "__main__":
    main("java", "curl")
