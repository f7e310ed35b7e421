"""Many shielded connections, one after another and at once: none is lost, none is kept, and each costs little."""

import concurrent.futures
import os
import resource
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from tests.net.shield import BIN, LISTEN, PYTHON, TLS, Authority, Shield, rule
from tests.support.server import free_port

# One thread with edge-triggered epoll, which nothing wakes that it missed.
ECHO = """if 1:
    import select, socket, sys
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1000)
    listener.setblocking(False)
    epoll, connections = select.epoll(), {}
    epoll.register(listener, select.EPOLLIN | select.EPOLLET)
    print("listening", flush=True)
    def accept():
        while True:
            try:
                connection = listener.accept()[0]
            except BlockingIOError:
                return
            connection.setblocking(False)
            connections[connection.fileno()] = connection
            epoll.register(connection, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
    def serve(number):
        while True:
            try:
                data = connections[number].recv(4096)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                connections.pop(number).close()
                return
            connections[number].send(data)
    while True:
        for number, _ in epoll.poll():
            accept() if number == listener.fileno() else serve(number)
"""

# Threads that close files while they serve what epoll gave them, and end.
ROUNDS_OF_THREADS = """if 1:
    import os, select, sys, threading
    def serve():
        epoll, pipes = select.epoll(), [os.pipe() for _ in range(2)]
        for readable, writable in pipes:
            epoll.register(readable, select.EPOLLIN)
            os.write(writable, b"x")
        assert len(epoll.poll()) == 2
        for _ in range(10):
            os.close(os.open(sys.executable, os.O_RDONLY))
    for count in (1, 50):
        for _ in range(count):
            thread = threading.Thread(target=serve)
            thread.start()
            thread.join()
        print("done", flush=True)
        sys.stdin.readline()
"""

ROUNDS, IN_ROUND, AT_ONCE = 3, 1700, 3
IDLE, IDLE_BYTES = 5000, 64 << 20  # ten thousand in all
SPARE = 300  # descriptors of either side that are no such connection


class ManyConnections(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # before the program starts, which has the same
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.most_open = hard - SPARE
        directory = tempfile.mkdtemp(prefix="farl-many-")
        self.addCleanup(shutil.rmtree, directory)
        authority = Authority(directory)
        self.context = ssl.create_default_context(cafile=authority.certificate)
        self.port = free_port()
        self.program = Shield(directory).start([PYTHON, "-c", ECHO, str(self.port)], [rule(LISTEN, TLS, self.port, **authority.texts("server"))],
                                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        self.addCleanup(self.program.stdout.close)
        self.addCleanup(self.program.wait)
        self.addCleanup(self.program.kill)
        self.assertEqual(self.program.stdout.readline(), "listening\n")

    def connect(self, session=None):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        return self.context.wrap_socket(raw, server_hostname="localhost", session=session)

    def ask(self, connection, data):
        connection.sendall(data)
        self.assertEqual(connection.recv(100), data)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.program.pid}/fd"))

    def memory(self):
        with open(f"/proc/{self.program.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096

    def wait_for_descriptors(self, most):
        deadline = time.monotonic() + 60
        while self.descriptors() > most:
            self.assertLess(time.monotonic(), deadline, f"{self.descriptors()} descriptors are open")
            time.sleep(0.05)

    def visit(self, number, session):
        """Most resume a session, which is cheaper; some never speak, some end without a word, some do not even speak TLS."""
        with self.connect(session if number % 8 else None) as connection:
            if number % 3:
                self.ask(connection, b"hello")
            if number % 2:
                connection.unwrap()
        if number % 4 == 0:
            socket.create_connection(("127.0.0.1", self.port)).close()

    def come_and_go(self, session, before):
        memory = []
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in range(ROUNDS):
                self.assertEqual(sum(1 for _ in pool.map(lambda number: self.visit(number, session), range(IN_ROUND))), IN_ROUND)
                self.wait_for_descriptors(before)
                memory.append(self.memory())
        self.assertLess(memory[-1] - memory[0], 6 << 20)

    def stay_idle(self):
        count = min(IDLE, self.most_open)
        connections = [self.connect() for _ in range(100)]
        before = self.memory()
        while len(connections) < count:
            connections.append(self.connect())
            self.ask(connections[-1], b"hello")
        grown = self.memory() - before
        print(f"{count} connections: {grown / (1 << 20):.1f} MiB, {grown / (count - 100) / 1024:.1f} KiB for each")
        self.assertLess(grown, IDLE_BYTES * count / IDLE)
        for connection in connections[::97]:
            self.ask(connection, b"still here")
        for connection in connections:
            connection.close()

    def test_cost_little_while_they_are_idle_and_leave_nothing_however_they_end(self):
        with self.connect() as connection:
            self.ask(connection, b"first")
            session = connection.session
        with self.connect(session) as connection:
            self.assertTrue(connection.session_reused)
        before = self.descriptors()
        self.come_and_go(session, before)
        self.stay_idle()
        self.wait_for_descriptors(before)


class ThreadsThatEnd(unittest.TestCase):
    def test_leave_no_descriptor(self):
        program = subprocess.Popen([f"{BIN}/farl", "run", "--quiet", "--", PYTHON, "-c", ROUNDS_OF_THREADS], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)  # fmt: skip
        with program:
            self.addCleanup(program.kill)
            counts = []
            for _ in range(2):
                self.assertEqual(program.stdout.readline(), "done\n")
                counts.append(len(os.listdir(f"/proc/{program.pid}/fd")))
                program.stdin.write("\n")
                program.stdin.flush()
        self.assertEqual(program.returncode, 0)
        self.assertLess(counts[1], counts[0] + 10, "50 threads more")


if __name__ == "__main__":
    unittest.main()
