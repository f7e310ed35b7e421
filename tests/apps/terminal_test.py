"""A program on a terminal of its own: size, raw mode, keys, Ctrl-C and friends, job control."""

import os
import signal

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main, program
from tests.support.terminal import Terminal


class TerminalTest(AppTest):
    def terminal(self, runner, *command):
        terminal = Terminal(runner.command(*command))
        self.addCleanup(terminal.close)
        return terminal

    def agree(self, scene):
        """Plays the scene natively and under test, and returns what both have shown."""
        native, tested = scene(NATIVE), scene(UNDER_TEST)
        self.assertEqual(tested, native)
        return tested

    def test_keys_arrive_raw_and_signals_by_their_keys(self):
        def scene(runner):
            terminal = self.terminal(runner, program("terminal"))
            shown = [terminal.read_until(b"ready\n")]
            for keys, answer in (
                (b"x", b"key 120\n"),
                (b"\n", b"key 10\n"),
                (b"\x03", b"ready\n"),
                (b"y", b"key 121\n"),
                (b"\x1c", b"ready\n"),
                (b"q", b"done\n"),
            ):
                terminal.type(keys)
                shown.append(terminal.read_until(answer))
            return shown, terminal.wait()

        shown, status = self.agree(scene)
        self.assertIn(b"terminal: 1 1 1\n", shown[0])
        self.assertIn(b"foreground: 1, session: 1\n", shown[0])
        self.assertEqual(shown[3], b"signal Interrupt\nready\n")
        self.assertEqual(status, 0)

    def test_a_resized_window_is_announced(self):
        def scene(runner):
            terminal = self.terminal(runner, program("terminal"))
            terminal.read_until(b"ready\n")
            terminal.resize(132, 43)
            return terminal.read_until(b"ready\n")

        self.assertEqual(self.agree(scene), b"signal Window changed\nresized 132 x 43\nready\n")

    def test_ctrl_c_ends_a_program_without_handler(self):
        def scene(runner):
            terminal = self.terminal(runner, "cat")
            terminal.type(b"line\n")
            terminal.read_until(b"line\n")
            terminal.read_until(b"line\n")
            terminal.type(b"\x03")
            return terminal.wait()

        self.assertEqual(os.WTERMSIG(self.agree(scene)), signal.SIGINT)

    def test_ctrl_d_ends_the_input(self):
        def scene(runner):
            terminal = self.terminal(runner, "cat")
            terminal.type(b"line\n")
            terminal.read_until(b"line\n")
            terminal.read_until(b"line\n")
            terminal.type(b"\x04")
            return terminal.wait()

        self.assertEqual(self.agree(scene), 0)

    def test_a_stopped_program_goes_on_in_the_foreground(self):
        """SIGSTOP, for the kernel drops Ctrl-Z's SIGTSTP where no shell could continue an orphaned group."""

        def scene(runner):
            terminal = self.terminal(runner, program("terminal"))
            terminal.read_until(b"ready\n")
            os.kill(terminal.pid, signal.SIGSTOP)
            stopped = terminal.wait(os.WUNTRACED)
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.type(b"a")
            shown = terminal.read_until(b"key 97\n")
            terminal.type(b"q")
            return os.WSTOPSIG(stopped), shown, terminal.wait()

        self.assertEqual(self.agree(scene), (signal.SIGSTOP, b"key 97\n", 0))

    def test_ctrl_z_in_a_shell_stops_the_job(self):
        def scene(runner):
            shell = self.terminal(NATIVE, "bash", "--norc", "--noprofile", "--noediting", "-i")
            line = " ".join(runner.command(program("signals")))
            shell.type(f"PS1=; {line}\n".encode())
            shell.read_until(b"ready\n")
            shell.type(b"\x1a")
            shell.read_until(b"Stopped")
            shell.type(b"echo stopped with $?; fg >/dev/null\n")
            shell.read_until(b"\nstopped with 148\n")
            shell.wait_for_foreground(is_own=False)
            shell.type(b"\x03")
            shell.wait_for_foreground(is_own=True)
            shell.type(b"echo ended with $?\n")
            shell.read_until(b"\nended with 130\n")
            shell.type(b"exit 0\n")
            return shell.wait()

        self.assertEqual(self.agree(scene), 0)

    def test_a_background_job_that_uses_the_terminal_stops(self):
        def scene(runner):
            shell = self.terminal(NATIVE, "bash", "--norc", "--noprofile", "--noediting", "-i")
            shown = []
            for command, keys in (("cat", b"typed\n\x04"), ("stty sane", b"")):
                line = " ".join(runner.command(*command.split()))
                shell.type(f"PS1=; {line} & wait %%; echo waited with $?\n".encode())
                shell.read_until(b"\nwaited with ")
                shown.append(shell.read_until(b"\n"))
                shell.type(b"fg >/dev/null\n" + keys)
                shell.wait_for_foreground(is_own=True)
                shell.type(b"echo ended with $?\n")
                shell.read_until(b"\nended with ")
                shown.append(shell.read_until(b"\n"))
            shell.type(b"exit 0\n")
            return shown, shell.wait()

        self.assertEqual(self.agree(scene)[0], [b"149\n", b"0\n", b"150\n", b"0\n"])

    def test_hanging_up_ends_the_program(self):
        def scene(runner):
            terminal = self.terminal(runner, program("signals"))
            terminal.read_until(b"ready\n")
            os.kill(terminal.pid, signal.SIGHUP)
            return terminal.wait()

        self.assertEqual(os.WTERMSIG(self.agree(scene)), signal.SIGHUP)

    def test_python_reads_lines_interactively(self):
        def scene(runner):
            terminal = self.terminal(runner, "/usr/bin/python3", "-q", "-i", "-c", "import sys; sys.ps1 = '> '")
            shown = [terminal.read_until(b"> ")]
            terminal.type(b"print(6 * 7)\n")
            shown.append(terminal.read_until(b"> "))
            terminal.type(b"exit(5)\n")
            return b"42" in shown[1], terminal.wait()

        answered, status = self.agree(scene)
        self.assertTrue(answered)
        self.assertEqual(os.WEXITSTATUS(status), 5)


if __name__ == "__main__":
    main("bash")
