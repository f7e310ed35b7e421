"""A terminal through the shielded console: what a person at `farl attach` and the program see of it, compared with a native
terminal; and what a host in between achieves."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import termios
import time
import unittest

from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls
from tests.attest.relaying_host import HOST
from tests.support.terminal import Terminal

BIN = os.environ["FARL_BIN"]
PYTHON = "/usr/bin/python3"
PROGRAM = os.environ["FARL_TERMINAL_PROGRAM"]  # tests/apps/programs/terminal.c
CONSOLE_KEY = bytes(range(32))
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8", "HOME": "/nowhere", "INPUTRC": "/dev/null"}


class ShieldedTerminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-terminal-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.key, cls.certificate, _ = make_key(cls.directory)
        cls.console_key = os.path.join(cls.directory, "console.key")
        with open(os.open(cls.console_key, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(CONSOLE_KEY.hex() + "\n")

    def attach_command(self, command, *options, host=None):
        environment = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
        config = startup_config(command, environment, console_key=CONSOLE_KEY)
        peer = Peer(tls(self.key, self.certificate, answer(message(config))))
        peer.__enter__()
        self.addCleanup(peer.__exit__, None, None, None)
        launch = [f"{BIN}/attested-launch", peer.address, "shop/front"]
        if host:
            launch = [PYTHON, "-c", HOST % host, *launch]
        return [f"{BIN}/farl", "attach", "--console-key", self.console_key, *options, "--", *launch]

    def terminal(self, command, *options, lasts=True, **more):
        terminal = Terminal(self.attach_command(command, *options, **more))
        self.addCleanup(terminal.close)
        terminal.before = terminal.settings()
        if lasts and "--no-tty" not in options:
            terminal.wait_until_raw()
        return terminal

    def agree(self, command, scene):
        """Plays the scene natively and in an enclave, and returns what both have shown."""
        native = Terminal(command, ENVIRONMENT)
        self.addCleanup(native.close)
        expected = scene(native)
        self.assertEqual(scene(self.terminal(command)), expected)
        return expected


class Behaviour(ShieldedTerminal):
    def test_is_set_as_a_native_one(self):
        def scene(terminal):
            terminal.resize(100, 30)
            shown = terminal.read_until(b"finished\n")
            return re.sub(rb"/dev/pts/\d+", b"/dev/pts/N", shown), terminal.wait()

        code = """if 1:
            import fcntl, os, sys, termios
            input()
            print([os.isatty(fd) for fd in range(3)], os.ttyname(0), os.get_terminal_size(), os.tcgetpgrp(0) == os.getpgrp())
            print(termios.tcgetattr(0), os.stat(os.ttyname(1)).st_ino == os.fstat(1).st_ino)
            with open("/dev/tty", "w") as tty: print("by name", tty.isatty(), file=tty, flush=True)
            print("finished")
            """

        def typed(terminal):
            terminal.type(b"\n")
            return scene(terminal)

        shown, status = self.agree([PYTHON, "-c", code], typed)
        self.assertEqual(status, 0)
        self.assertIn(b"[True, True, True] /dev/pts/N os.terminal_size(columns=100, lines=30) True\n", shown)

    def test_is_what_stty_sees(self):
        for arguments in (["-a"], ["size"]):
            native = Terminal(["stty", *arguments], ENVIRONMENT)
            self.addCleanup(native.close)
            ours = self.terminal(["/usr/bin/stty", *arguments], lasts=False)
            last = b"0 0\n" if arguments == ["size"] else b"echoctl echoke -flusho -extproc\n"
            self.assertEqual(ours.read_until(last), native.read_until(last))
            self.assertEqual((ours.wait(), native.wait()), (0, 0))

    def test_edits_lines_and_ends_input_by_its_key(self):
        def scene(terminal):
            terminal.type(b"wrong\x7f\x7f\x7f\x7f\x7fright word\x17line\n")
            shown = terminal.read_until(b"line\nright line\n")
            terminal.type(b"\x04")
            return shown, terminal.wait()

        self.assertEqual(self.agree(["/bin/cat"], scene)[1], 0)

    def test_keys_are_signals(self):
        terminal = self.terminal(["/bin/sleep", "1000"])
        terminal.type(b"x\n")
        terminal.read_until(b"x\n")
        terminal.type(b"\x03")
        self.assertEqual(os.WEXITSTATUS(terminal.wait()), 128 + signal.SIGINT)
        with self.assertRaises(EOFError) as rest:  # the kernel may drop, or keep, what is echoed just then
            terminal.read_until(b"more")
        self.assertNotIn("the end is missing", str(rest.exception))

    def test_keys_arrive_raw_and_sizes_change(self):
        def scene(terminal):
            shown = [terminal.read_until(b"ready\n")]
            for keys, answer_ in ((b"x", b"key 120\n"), (b"\x04", b"key 4\n"), (b"\x03", b"ready\n"), (b"\x1c", b"ready\n")):
                terminal.type(keys)
                shown.append(terminal.read_until(answer_))
            terminal.resize(132, 43)
            shown.append(terminal.read_until(b"resized 132 x 43\nready\n"))
            terminal.type(b"q")
            shown.append(terminal.read_until(b"done\n"))
            return shown, terminal.wait()

        shown, status = self.agree([PROGRAM], scene)
        self.assertEqual(status, 0)
        self.assertIn(b"signal Interrupt\n", shown[3])

    def test_readline_edits_a_line_of_python(self):
        def scene(terminal):
            terminal.read_until(b">>> ")
            terminal.type(b"print(6 * 8)\x1b[D\x7f7\x01\x0b\x19\r")  # left, erase, 7, beginning, kill, yank
            shown = terminal.read_until(b"\n42\n")
            terminal.read_until(b">>> ")
            terminal.type(b"\x04")
            return shown[-4:], terminal.wait()

        self.assertEqual(self.agree([PYTHON, "-q", "-i", "-c", "import readline"], scene)[1], 0)

    def test_characters_come_in_time_or_not(self):
        code = """if 1:
            import os, sys, termios, tty
            tty.setraw(0)
            print("ready", flush=True)
            for least, tenths in ((3, 0), (0, 2), (0, 0), (2, 1)):
                settings = termios.tcgetattr(0)
                settings[6][termios.VMIN], settings[6][termios.VTIME] = least, tenths
                termios.tcsetattr(0, termios.TCSANOW, settings)
                print(least, tenths, os.read(0, 10), flush=True)
            print("end", flush=True)
            """

        def scene(terminal):
            terminal.read_until(b"ready\n")
            terminal.type(b"ab")
            time.sleep(0.3)
            terminal.type(b"c")
            shown = terminal.read_until(b"0 0 b''\n")
            terminal.type(b"d")
            return shown + terminal.read_until(b"end\n"), terminal.wait()

        shown, _ = self.agree([PYTHON, "-c", code], scene)
        self.assertEqual(shown, b"3 0 b'abc'\n0 2 b''\n0 0 b''\n2 1 b'd'\nend\n")

    def test_without_one_the_program_has_none(self):
        code = "import os, sys; print(os.isatty(0), os.isatty(1), sys.stdin.read())"
        outcome = subprocess.run(self.attach_command([PYTHON, "-c", code]), input=b"typed", capture_output=True, timeout=120)
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b"False False typed\n"), outcome.stderr)
        terminal = self.terminal([PYTHON, "-c", code], "--no-tty")
        terminal.type(b"\x04")
        terminal.read_until(b"False False \n")
        outcome = subprocess.run(self.attach_command([PYTHON, "-c", code + "; print(os.get_terminal_size())"], "--tty"), input=b"typed",
                                 capture_output=True, timeout=120)  # fmt: skip
        self.assertEqual(outcome.stdout, b"typedTrue True typed\r\nos.terminal_size(columns=80, lines=24)\r\n", outcome.stderr)


class Client(ShieldedTerminal):
    def raw(self):
        terminal = self.terminal(["/bin/cat"])
        terminal.type(b"x\n")
        terminal.read_until(b"x\nx\n")
        return terminal, terminal.before

    def test_gives_the_terminal_back_at_the_end(self):
        terminal, before = self.raw()
        terminal.type(b"\x04")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.settings(), before)

    def test_gives_the_terminal_back_when_a_signal_ends_it(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            terminal, before = self.raw()
            os.kill(terminal.pid, number)
            self.assertEqual(os.WTERMSIG(terminal.wait()), number)
            self.assertEqual(terminal.settings(), before)

    def test_gives_the_terminal_back_while_it_is_stopped(self):
        terminal, before = self.raw()
        os.kill(terminal.pid, signal.SIGTSTP)
        self.assertEqual(os.WSTOPSIG(terminal.wait(os.WUNTRACED)), signal.SIGSTOP)
        self.assertEqual(terminal.settings(), before)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.type(b"y\n")
        terminal.read_until(b"y\ny\n")
        self.assertFalse(terminal.settings()[3] & termios.ICANON)


class Hostile(ShieldedTerminal):
    # print() must not interrupt itself.
    CODE = """if 1:
        import os, signal, sys
        say = lambda *words: os.write(1, b"%s\\n" % " ".join(map(str, words)).encode())
        for number in (signal.SIGINT, signal.SIGWINCH): signal.signal(number, lambda number, _: say("signal", number))
        say("ready", os.get_terminal_size())
        try:
            while line := os.read(0, 100): say(line)
        except OSError as error: say(error.strerror)
        """

    def assert_input_ends(self, host, *typed, refused=b""):
        terminal = self.terminal([PYTHON, "-c", self.CODE], host=host)
        terminal.read_until(b"ready")
        terminal.read_until(b"\n")
        shown = b""
        for keys in (*typed, *[b"later\n"] * 100):  # the last ones are for what has to be noticed at the next block
            terminal.type(keys)
            try:
                shown += terminal.read_until(b"Input/output error\n", seconds=1)
                break
            except TimeoutError:
                pass
        self.assertIn(b"error", shown)
        if refused:
            self.assertNotIn(refused, shown)
        return shown

    def test_keys_that_a_host_replays_drops_changes_or_makes_up_end_the_input(self):
        self.assertEqual(self.assert_input_ends("send(line); send(lines[1]) if len(lines) == 2 else None", b"one\n").count(b"b'one"), 1)
        self.assert_input_ends("send(line) if len(lines) != 2 else None", b"a\n", refused=b"b'")
        self.assert_input_ends("send(line if len(lines) == 1 else line[:80] + bytes([line[80] ^ 1]) + line[81:])", b"a\n", refused=b"b'a")
        self.assert_input_ends("send(line); send(b'\\x03\\n') if len(lines) == 2 else None", b"one\n", refused=b"signal")

    def test_a_size_or_an_interrupt_that_a_host_replays_does_nothing(self):
        shown = self.assert_input_ends("send(line); send(lines[0]) if len(lines) == 2 else None", b"one\n")
        self.assertNotIn(b"signal", shown)
        interrupted = self.assert_input_ends("send(line); send(line) if len(lines) == 2 else None", b"\x03")
        self.assertEqual(interrupted.count(b"signal 2"), 1)

    def test_signals_of_a_terminal_come_from_its_keys_only(self):
        terminal = self.terminal([PYTHON, "-c", self.CODE])
        terminal.read_until(b"ready")
        terminal.read_until(b"\n")
        with open(f"/proc/{terminal.pid}/task/{terminal.pid}/children", encoding="ascii") as file:
            (launcher,) = map(int, file.read().split())
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH):
            os.kill(launcher, number)
        time.sleep(0.5)
        terminal.type(b"typed\n\x03")
        shown = terminal.read_until(b"signal 2\n")
        self.assertEqual(shown.count(b"signal"), 1, shown)
        os.kill(launcher, signal.SIGTERM)  # which ends containers
        self.assertEqual(os.WEXITSTATUS(terminal.wait()), 128 + signal.SIGTERM)

    def test_a_host_cannot_ask_for_a_terminal(self):
        """Whatever it says about somebody who attends: the first block decides, which only the owner can seal."""
        code = "import os, sys; print(os.isatty(0), os.isatty(1)); sys.stdin.read()"
        for typed in (b"", b"farl1:AAAA\n"):
            command = self.attach_command([PYTHON, "-c", code])
            launch = command[command.index("--") + 1:]
            outcome = subprocess.run(launch, input=typed, stdout=subprocess.PIPE, env={**os.environ, "FARL_ATTENDED": "1"}, timeout=120)
            log = subprocess.run([f"{BIN}/farl", "logs", "--console-key", self.console_key], input=outcome.stdout, capture_output=True, timeout=60)
            self.assertEqual(log.stdout, b"False False\n", log.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
