"""How programs end: exit statuses, faults, their own signals and those from outside, as a parent and a shell see it."""

import ctypes
import os
import signal
import subprocess

from tests.support.runner import NATIVE, UNDER_TEST, stop
from tests.support.suite import AppTest, main, program

DIE = program("die")
LIBC = ctypes.CDLL(None)


class EndTest(AppTest):
    def test_exit_statuses_are_passed_on(self):
        for way in ("exit", "_exit"):
            for number, seen in ((0, 0), (1, 1), (77, 77), (255, 255), (256, 0), (-1, 255)):
                with self.subTest(way=way, number=number):
                    self.assertEqual(self.both(DIE, way, number).status, seen)

    def test_a_fault_ends_with_its_signal(self):
        for fault, number in (
            ("abort", signal.SIGABRT),
            ("divide", signal.SIGFPE),
            ("null", signal.SIGSEGV),
            ("undefined", signal.SIGILL),
            ("breakpoint", signal.SIGTRAP),
        ):
            with self.subTest(fault):
                tested = self.both(DIE, "fault", fault)
                self.assertEqual((tested.status, tested.text), (-number, "alive\n"))

    def test_a_signal_to_itself_does_what_it_does_by_default(self):
        for number in (*range(1, 20), signal.SIGXCPU, signal.SIGSYS, signal.SIGRTMIN, signal.SIGRTMAX):
            if number in (signal.SIGSTOP, signal.SIGCONT):
                continue
            with self.subTest(number):
                self.both(DIE, "kill", int(number))
                self.both(DIE, "raise", int(number))

    def test_signals_that_are_ignored_by_default_end_nothing(self):
        for number in (signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT):
            with self.subTest(number.name):
                self.assertEqual(self.both(DIE, "kill", int(number)).text, "alive\nstill alive\n")

    def test_a_shell_sees_the_usual_statuses(self):
        for arguments, status in (("fault abort", 134), ("fault null", 139), ("kill 9", 137), ("exit 5", 5)):
            with self.subTest(arguments):
                command = UNDER_TEST.command(DIE, *arguments.split())
                shell = NATIVE.run("bash", "-c", '"$@"; echo "status $?"', "bash", *command)
                self.assertTrue(shell.text.endswith(f"status {status}\n"), shell.text)


class OutsideTest(AppTest):
    """Signals that another process sends to the process that was started."""

    def start(self, runner):
        process = runner.start(program("signals"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for clean_up in (process.stdout.close, process.wait, process.kill):
            self.addCleanup(clean_up)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def test_handlers_run_and_the_program_chooses_its_end(self):
        for runner in (NATIVE, UNDER_TEST):
            process = self.start(runner)
            for _ in range(20):
                process.send_signal(signal.SIGUSR1)
                self.assertEqual(process.stdout.readline(), b"USR1\n")
            self.assertEqual(stop(process, signal.SIGTERM), 3)
            self.assertEqual(process.stdout.read(), b"ending\n")

    def test_a_signal_without_handler_ends_the_program(self):
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGKILL, signal.SIGUSR2, signal.SIGALRM):
            with self.subTest(number.name):
                statuses = [stop(self.start(runner), number) for runner in (NATIVE, UNDER_TEST)]
                self.assertEqual(statuses, [-number, -number])

    def test_a_program_that_sleeps_or_computes_is_ended(self):
        for command in (("sleep", "1000"), ("bash", "-c", "while :; do :; done"), ("cat",)):
            with self.subTest(command[0]):
                process = UNDER_TEST.start(
                    *command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                for clean_up in (process.stdin.close, process.wait, process.kill):
                    self.addCleanup(clean_up)
                with self.assertRaises(subprocess.TimeoutExpired):
                    process.wait(1)
                self.assertEqual(stop(process, signal.SIGTERM), -signal.SIGTERM)

    def test_the_sender_and_the_value_are_told(self):
        for runner in (NATIVE, UNDER_TEST):
            process = self.start(runner)
            number, us = signal.SIGRTMIN + 1, f"from {os.getpid()} of {os.getuid()}"
            process.send_signal(number)
            self.assertEqual(process.stdout.readline().decode(), f"code 0 {us}: 0\n")
            for value in (1, 42, -7):
                self.assertEqual(LIBC.sigqueue(process.pid, number, ctypes.c_void_p(value & (1 << 64) - 1)), 0)
                self.assertEqual(process.stdout.readline().decode(), f"code -1 {us}: {value}\n")
            self.assertEqual(stop(process, signal.SIGTERM), 3)

    def test_a_stopped_program_continues(self):
        process = self.start(UNDER_TEST)
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.stdout.readline(), b"USR1\n")


class PipeTest(AppTest):
    def test_a_pipeline_of_three_agrees(self):
        text = b"".join(b"%d\n" % (n * 7919 % 10_007) for n in range(10_000))
        first = UNDER_TEST.start("cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        second = UNDER_TEST.start("sort", "-n", stdin=first.stdout, stdout=subprocess.PIPE)
        third = UNDER_TEST.start("tail", "-n", "1", stdin=second.stdout, stdout=subprocess.PIPE)
        for process in (first, second, third):
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
        first.stdout.close()
        second.stdout.close()
        first.stdin.write(text)
        first.stdin.close()
        self.assertEqual(third.communicate(timeout=60)[0], b"10006\n")
        self.assertEqual([process.wait(60) for process in (first, second, third)], [0, 0, 0])

    def test_closed_standard_streams_are_survived(self):
        for redirection in ("<&-", ">&-", "<&- >&-"):
            with self.subTest(redirection):
                statuses = []
                for runner in (NATIVE, UNDER_TEST):
                    line = f'"$@" {redirection}; echo "status $?" >&2'
                    shell = NATIVE.run("bash", "-c", line, "bash", *runner.command(DIE, "exit", 6))
                    statuses.append(shell.errors.splitlines()[-1])
                self.assertEqual(statuses, ["status 6", "status 6"])


if __name__ == "__main__":
    main()
