"""Many shielded connections, one after another and at once: none is lost, none is kept, and each costs little."""

import os
import resource
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from tests.net.shield import LISTEN, PYTHON, TLS, Authority, Shield, rule
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


class ManyConnections(unittest.TestCase):
    def setUp(self):
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

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        return self.context.wrap_socket(raw, server_hostname="localhost")

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

    def test_that_end_in_any_way_leave_nothing(self):
        self.ask(self.connect(), b"first")
        before = self.descriptors()
        memory = []
        for round_number in range(3):
            for number in range(700):
                with self.connect() as connection:
                    if number % 3:
                        self.ask(connection, b"hello")
                    if number % 2:
                        connection.unwrap()
                socket.create_connection(("127.0.0.1", self.port)).close()
            self.wait_for_descriptors(before)
            memory.append(self.memory())
        self.assertLess(memory[2] - memory[0], 6 << 20)

    def test_that_are_idle_cost_little(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(2000, hard // 2)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        connections = [self.connect() for _ in range(100)]
        before = self.memory()
        for _ in range(count):
            connections.append(self.connect())
            self.ask(connections[-1], b"hello")
        each = (self.memory() - before) / count
        print(f"{each / 1024:.1f} KiB for each connection")
        self.assertLess(each, 13 << 10)
        for connection in connections[::97]:
            self.ask(connection, b"still here")
        for connection in connections:
            connection.close()


if __name__ == "__main__":
    unittest.main()
