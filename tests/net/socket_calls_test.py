"""Calls whose meaning for a shielded stream is not in its bytes: what becomes one record, what is only looked at, how it ends."""

import os
import socket
import unittest

from tests.net.proxy import Proxy
from tests.net.shield_test import ShieldTest


class Corked(ShieldTest):
    """How many records a program's writes become. The first number of a case is that of its writes; what was held back for longer
    than its time goes by itself, so a case may be asked for again."""

    SENDER = """if 1:
        import socket, sys
        listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        print("listening", flush=True)
        connection = listener.accept()[0]
        MORE, CORK = socket.MSG_MORE, (socket.IPPROTO_TCP, socket.TCP_CORK)
        def plain():
            for _ in range(4):
                connection.send(b"x")
        def more():
            for flags in (MORE, MORE, MORE, 0):
                connection.send(b"x", flags)
        def cork():
            connection.setsockopt(*CORK, 1)
            assert connection.getsockopt(*CORK) == 1
            for _ in range(4):
                connection.send(b"x")
            connection.setsockopt(*CORK, 0)
        def push():
            connection.setsockopt(*CORK, 1)
            connection.send(b"xx")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.send(b"xx")
            connection.setsockopt(*CORK, 0)
        def full():
            for _ in range(40):
                connection.send(b"x" * 1000, MORE)
            connection.send(b"x" * 960)
        def forgotten():
            connection.send(b"xxxx", MORE)
        def end():
            connection.send(b"xx", MORE)
            connection.send(b"xx", MORE)
            connection.close()
        while name := connection.recv(100).decode():
            globals()[name]()
            if name == "end":
                break
        """

    def setUp(self):
        self.program = self.serve(self.SENDER)
        self.lengths = []  # of the records that come, as far as there are whole ones
        rest = b""

        def count(to_server, data):
            nonlocal rest
            if not to_server:
                rest += data
                while len(rest) >= 5 and len(rest) >= (size := 5 + int.from_bytes(rest[3:5], "big")):
                    self.lengths.append(size)
                    rest = rest[size:]
            return [data]
        self.proxy = self.enterContext(Proxy(self.program.port, count))
        self.connection = self.enterContext(self.connect(self.proxy.port))
        self.records("plain", 4)  # the handshake's are behind

    def records(self, case, size):
        before = len(self.lengths)
        self.connection.sendall(case.encode())
        received = b""
        while len(received) < size:
            piece = self.connection.recv(1 << 16)
            self.assertTrue(piece)
            received += piece
        self.assertEqual(received, b"x" * size)
        return len(self.lengths) - before

    def test_writes_that_are_not_held_back_are_a_record_each(self):
        self.assertEqual(self.records("plain", 4), 4)

    def test_writes_are_one_record_if_more_is_to_come(self):
        for case, size, records in (("more", 4, 1), ("cork", 4, 1), ("push", 4, 2), ("full", 40960, 3)):
            with self.subTest(case):
                self.assertEqual(min(self.records(case, size) for _ in range(5)), records)
        self.assertEqual(self.records("plain", 4), 4)

    def test_what_is_held_back_goes_after_a_moment_and_at_the_end(self):
        for _ in range(3):
            self.assertEqual(self.records("forgotten", 4), 1)
        self.assertIn(self.records("end", 4), (1, 2, 3))  # with the announcement of the end
        self.assertEqual(self.connection.recv(1), b"")


class Looking(ShieldTest):
    SERVER = """if 1:
        import array, fcntl, socket, sys, termios, time
        def peeked(connection):
            return len(connection.recv(100, socket.MSG_PEEK))
        def counted(connection):
            size = array.array("i", [0])
            fcntl.ioctl(connection, termios.FIONREAD, size)
            return size[0]
        listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        print("listening", flush=True)
        for look in peeked, counted:
            connection = listener.accept()[0]
            for size in 3, 6:
                while look(connection) < size:
                    time.sleep(0.01)
                print(look.__name__, size, flush=True)
            connection.close()
        """

    def test_at_what_has_come_sees_what_comes_behind_it(self):
        program = self.serve(self.SERVER)
        for look in "peeked", "counted":
            with self.connect(program.port) as connection:
                for size in 3, 6:
                    connection.sendall(b"abc")
                    self.assertEqual(program.stdout.readline(), f"{look} {size}\n")


class Endings(ShieldTest):
    SERVER = """if 1:
        import socket, sys
        listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        print("listening", flush=True)
        while True:
            connection = listener.accept()[0]
            size = int(connection.recv(2, socket.MSG_WAITALL))
            print("got", len(connection.recv(size, socket.MSG_WAITALL)), flush=True)
            connection.close()
        """

    def end_after(self, program, size, sent):
        """How the connection ends of which the program reads so much, as TCP has it: what TLS makes of it is another matter."""
        with self.connect(program.port) as connection:
            connection.sendall(b"%02d" % size + b"x" * sent)
            self.assertEqual(program.stdout.readline(), f"got {size}\n")
            with socket.socket(fileno=os.dup(connection.fileno())) as beneath:
                beneath.settimeout(60)
                try:
                    while beneath.recv(1 << 16):
                        pass
                    return "end"
                except ConnectionResetError:
                    return "reset"

    def test_close_resets_a_connection_with_unread_bytes_and_ends_any_other(self):
        program = self.serve(self.SERVER)
        ends = [self.end_after(program, size, 10) for size in (10, 9, 10)]
        self.assertEqual(ends, ["end", "reset", "end"])


if __name__ == "__main__":
    unittest.main()
