"""What a program finds because its parent left it: open descriptors with their numbers, offsets and flags."""

import os
import socket
import subprocess
import unittest

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main, program

DESCRIPTORS = program("descriptors")


class DescriptorTest(AppTest):
    def outcomes(self, shell_words, *command):
        """Natively and under test: started by a shell that has redirected its descriptors so."""
        runs = []
        for runner in (NATIVE, UNDER_TEST):
            line = ["bash", "-c", f'exec "$@" {shell_words}', "bash", *runner.command(*command)]
            runs.append(NATIVE.run(*line, stdin=subprocess.DEVNULL, cwd=self.place))
        return runs

    def agree(self, shell_words, *command):
        native, tested = self.outcomes(shell_words, *command)
        self.assertEqual(native.status, 0, native.errors)
        self.assert_agree(native, tested, shell_words)
        return tested.text

    def setUp(self):
        self.place = self.directory()
        with open(f"{self.place}/text", "w", encoding="ascii") as file:
            file.write("0123456789")

    def contents(self, name):
        with open(f"{self.place}/{name}", "rb") as file:
            return file.read()

    def test_files_keep_their_numbers_and_flags(self):
        told = self.agree("3<text 4>>appended 5>made 77<>text", DESCRIPTORS, 1, 3)
        self.assertIn("3: 4 bytes: 0123\n", told)
        self.assertRegex(told, r"(?m)^77: type 100000, status 100002, flags 0, offset 0, .*/text$")
        self.assertIn("listed 77\n", told)
        self.assertNotRegex(told, r"(?m)^listed 2\d\d$")

    def test_what_is_written_arrives(self):
        for runner in (NATIVE, UNDER_TEST):
            line = ["bash", "-c", 'exec "$@" 3>one 4>>two', "bash", *runner.command(DESCRIPTORS, 1, 3, 4)]
            self.assertEqual(NATIVE.run(*line, cwd=self.place).status, 0)
        self.assertEqual(self.contents("one"), b"[to 3]")
        self.assertEqual(self.contents("two"), b"[to 4][to 4]")

    def test_an_offset_is_shared_with_the_parent(self):
        for runner in (NATIVE, UNDER_TEST):
            with open(f"{self.place}/text", "rb", buffering=0) as file:
                file.seek(3)
                number = file.fileno()
                line = runner.command(DESCRIPTORS, 1, number)
                told = subprocess.run(line, pass_fds=[number], stdout=subprocess.PIPE, timeout=60, check=True).stdout
                self.assertIn(b"%d: 4 bytes: 3456\n" % number, told)
                self.assertEqual(file.tell(), 7)

    def test_pipes_and_sockets(self):
        for runner in (NATIVE, UNDER_TEST):
            reader, writer = os.pipe()
            ours, theirs = socket.socketpair()
            numbers = [writer, theirs.fileno()]
            line = runner.command(DESCRIPTORS, 1, *numbers)
            subprocess.run(line, pass_fds=numbers, stdout=subprocess.DEVNULL, timeout=60, check=True)
            os.close(writer)
            theirs.close()
            with open(reader, "rb") as pipe, ours:
                self.assertEqual(pipe.read(), b"[to %d]" % numbers[0])
                self.assertEqual(ours.recv(100), b"[to %d]" % numbers[1])
                self.assertEqual(ours.recv(100), b"")

    def test_a_socket_that_listens_as_a_service_manager_leaves_it(self):
        serve = "import socket; s = socket.socket(fileno=3); c, _ = s.accept(); c.sendall(b'served'); print(s.type)"
        for runner in (NATIVE, UNDER_TEST):
            with socket.create_server(("127.0.0.1", 0)) as server:
                line = ["bash", "-c", f'exec "$@" 3<&{server.fileno()}', "bash"]
                line += runner.command("/usr/bin/python3", "-c", serve)
                child = NATIVE.start(*NATIVE.command(*line), pass_fds=[server.fileno()], stdout=subprocess.PIPE)
                for clean_up in (child.stdout.close, child.wait, child.kill):
                    self.addCleanup(clean_up)
                with socket.create_connection(server.getsockname(), timeout=60) as client:
                    client.settimeout(60)
                    self.assertEqual(client.recv(100), b"served")

    def test_a_directory_can_be_listed_and_entered(self):
        script = "import os; print(os.listdir(3)); os.fchdir(3); print(os.getcwd(), open('text').read())"
        told = self.agree("3<.", "/usr/bin/python3", "-c", script)
        self.assertIn("['text']", told)

    def test_a_shell_uses_them(self):
        told = self.agree("3<text 4>/dev/null", "bash", "-c", "read -N 4 -u 3 a; read -u 3 b; echo $b $a; echo x >&4")
        self.assertEqual(told, "456789 0123\n")

    def test_closed_streams_stay_closed(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- 2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                told = []
                for runner in (NATIVE, UNDER_TEST):
                    line = ["bash", "-c", f'exec "$@" 5>told {closed}', "bash", *runner.command(DESCRIPTORS, 5)]
                    self.assertEqual(NATIVE.run(*line, stdin=subprocess.DEVNULL, cwd=self.place).status, 0)
                    told.append(self.contents("told").decode())
                self.assertMultiLineEqual(*told)


class GroupTest(AppTest):
    @unittest.skipIf(os.geteuid(), "only root chooses its groups")
    def test_the_supplementary_groups_are_the_callers(self):
        report = "import os; print(os.getgroups()); print(*(l for l in open('/proc/self/status') if 'Groups' in l))"
        for groups in ([], [0], [27, 100, 4_000_000_000], list(range(5000, 5300))):
            with self.subTest(len(groups)):
                told = []
                for runner in (NATIVE, UNDER_TEST):
                    line = runner.command("/usr/bin/python3", "-c", report)
                    told.append(subprocess.run(line, extra_groups=groups, capture_output=True, timeout=60, check=True))
                self.assertEqual(told[0].stdout, told[1].stdout)


if __name__ == "__main__":
    main("bash")
