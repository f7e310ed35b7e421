"""Small programs of every kind of ELF file, and the ways in which programs use memory, threads and faults."""

import os
import unittest

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main, program

needs_musl = unittest.skipUnless(os.path.exists(program("report_musl")), "musl-gcc is not installed")


class StartTest(AppTest):
    def report(self, name):
        """Arguments, environment, directory, auxiliary vector and thread-local storage are as natively."""
        options = {"env": {"FARL_REPORT": "a value\nof two lines"}, "cwd": "/usr/share"}
        tested = self.both(program(name), "", "an argument", "ü", **options)
        self.assertEqual(tested.status, 4, tested.errors)
        self.assertIn("directory: /usr/share\n", tested.text)
        self.assertTrue(tested.text.endswith("heap: 1\natexit ran\n"), tested.text)

    def test_a_dynamic_pie(self):
        self.report("report_dynamic")

    def test_a_dynamic_program_at_a_fixed_address(self):
        self.report("report_no_pie")

    def test_a_static_program_at_a_fixed_address(self):
        self.report("report_static")

    def test_a_static_pie(self):
        self.report("report_static_pie")

    @needs_musl
    def test_a_dynamic_musl_program(self):
        self.report("report_musl")

    @needs_musl
    def test_a_static_musl_program(self):
        self.report("report_musl_static")

    def test_a_program_without_a_c_library(self):
        tested = self.both(program("raw"), "one", "two")
        self.assertEqual((tested.status, tested.text), (42, "argc=3\n"))

    def test_a_large_environment_and_argument_arrive(self):
        tested = self.succeeds("printenv", "FARL_LARGE", env={"FARL_LARGE": "x" * 100_000})
        self.assertEqual(len(tested.text), 100_001)
        self.assertEqual(len(self.succeeds("echo", "y" * 100_000).text), 100_001)

    def test_the_environment_is_passed_unchanged(self):
        listed = [r.run("env", "-0", env={"FARL_EMPTY": "", "FARL_SIGN": "a=b"}).stdout for r in (NATIVE, UNDER_TEST)]
        self.assertEqual(sorted(listed[1].split(b"\0")), sorted(listed[0].split(b"\0")))

    def test_a_program_is_found_in_the_path(self):
        directory = self.directory()
        os.symlink(program("report_dynamic"), f"{directory}/found_in_path")
        tested = self.both("found_in_path", env={"PATH": f"{directory}:{os.environ['PATH']}"})
        self.assertEqual(tested.status, 1, tested.errors)


class LanguageTest(AppTest):
    def test_cpp_exceptions_and_thread_locals(self):
        for name in ("exceptions", "exceptions_static"):
            with self.subTest(name):
                tested = self.succeeds(program(name))
                self.assertIn("thread-local: sum 2380, 20 destroyed\n", tested.text)

    def test_an_uncaught_exception_aborts(self):
        tested = self.both(program("exceptions"), "uncaught")
        self.assertEqual(tested.status, -6)
        self.assertIn("what():  uncaught", tested.errors)


class MemoryTest(AppTest):
    def test_a_program_recovers_from_its_own_faults(self):
        tested = self.succeeds(program("segv_handler"))
        self.assertIn("null pointers: 1000 caught\nrepaired 64 pages, sum 2016\n", tested.text)

    @needs_musl
    def test_a_musl_program_recovers_from_its_own_faults(self):
        self.succeeds(program("segv_handler_musl"))

    def test_two_gibibytes_are_used_sparsely(self):
        tested = self.both_with_heap("4G", program("sparse"))
        self.assertEqual(tested.text.count(": 1\n"), 4, tested.text)

    def test_memory_that_does_not_fit_is_refused_to_the_program_only(self):
        if UNDER_TEST.is_native:
            self.skipTest("the limit is Farl's")
        refused = UNDER_TEST.with_options("--heap", "256M").run(program("sparse"))
        self.assertEqual((refused.status, refused.errors), (1, "mmap: Cannot allocate memory\n"))

    def test_the_stack_grows_to_its_limit(self):
        self.succeeds(program("stack"))

    def both_with_heap(self, heap, *command):
        native = NATIVE.run(*command)
        tested = UNDER_TEST.with_options("--heap", heap).run(*command)
        self.assert_agree(native, tested, command)
        return tested


class ThreadsTest(AppTest):
    def test_five_hundred_threads(self):
        self.assertEqual(self.succeeds(program("threads")).text, "counter 50000, sum 249500\n")

    @needs_musl
    def test_five_hundred_musl_threads(self):
        self.assertEqual(self.succeeds(program("threads_musl")).text, "counter 50000, sum 249500\n")


if __name__ == "__main__":
    main()
