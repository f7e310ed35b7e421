"""A host that lies of what several shielded streams receive or send at once: it is noticed, and the program is told."""

import os
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

from tests.net import shield, shield_test
from tests.net.shield import LISTEN, PYTHON, TLS, rule
from tests.support.server import free_port

# Looks at two connections only when both have sent something, before which the third one does not come.
SERVER = """if 1:
    import contextlib, select, socket, sys
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("listening", flush=True)
    connections = [listener.accept()[0] for _ in range(2)]
    print("accepted", flush=True)
    epoll = select.epoll()
    for connection in connections:
        connection.setblocking(False)
        epoll.register(connection, select.EPOLLIN)
    listener.accept()
    while len(epoll.poll()) < len(connections):
        pass
    for connection in connections:
        try:
            print("received", connection.recv(100), flush=True)
        except OSError as error:
            print(type(error).__name__, error.errno, flush=True)
        with contextlib.suppress(OSError):
            connection.send(bytes(777))
    for connection in connections:
        print("error", connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), flush=True)
    """

RECEIVED = ["received b'hello'"] * 2


class LyingHost(shield_test.ShieldTest):
    def outcomes(self):
        """What the program gets of two connections that have sent something, and the log."""
        port = free_port()
        program = self.shield.start([PYTHON, "-c", SERVER, str(port)], [rule(LISTEN, TLS, port, **self.certificate)],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), "listening\n")
        connections = [self.enterContext(self.connect(port)) for _ in range(2)]
        self.assertEqual(program.stdout.readline(), "accepted\n")  # so what is sent comes behind the handshakes
        for connection in connections:
            connection.sendall(b"hello")
        self.enterContext(self.connect(port))  # now it looks
        output, log = program.communicate(timeout=120)
        return output.splitlines(), log

    def outcomes_with_lies_about(self, what):
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="farl-lying-"))
        shutil.copy2(os.path.join(shield.BIN, "attested-launch"), directory)  # it looks beside itself
        for name in ("farl-launcher", "farl-enclave", "farl-enclave.sigstruct"):
            os.symlink(os.path.realpath(os.path.join(shield.BIN, name)), os.path.join(directory, name))
        with open(os.path.join(directory, "lies"), "w") as file:
            file.write(what)
        with mock.patch.object(shield, "BIN", directory):
            return self.outcomes()

    def test_that_says_that_more_came_than_there_is_room_for(self):
        seen, log = self.outcomes_with_lies_about("received")
        self.assertEqual(seen, ["OSError 5", "OSError 5", "error 0", "error 0"], log)
        self.assertIn("4033", log)

    def test_that_says_that_more_was_sent_than_there_was(self):
        seen, log = self.outcomes_with_lies_about("sent")
        self.assertEqual(seen, [*RECEIVED, "error 5", "error 5"], log)
        self.assertIn("800", log)

    def test_that_does_not_is_believed(self):
        seen, log = self.outcomes()
        self.assertEqual(seen, [*RECEIVED, "error 0", "error 0"], log)


if __name__ == "__main__":
    unittest.main()
