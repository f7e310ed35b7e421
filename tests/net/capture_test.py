"""What somebody sees who captures all of the loopback, as tshark would: no plaintext of a marker that goes both ways between two enclaves.

A packet socket (packet(7)) in place of tshark, which is fifteen packages."""

import ctypes
import socket
import struct
import threading
import unittest

from tests.net import shield_test
from tests.net.shield import CONNECT, TLS, rule
from tests.net.shield_test import MARKER

ALL_PROTOCOLS = 3  # ETH_P_ALL
ATTACH_FILTER, RECEIVE_BUFFER_FORCE = 26, 33  # SO_ATTACH_FILTER, SO_RCVBUFFORCE
ETHERNET = 14


def packets_of(port):
    """A filter of packet(7), as `tcpdump -dd ip and tcp port N` prints it: others may use the loopback at the same time."""
    instructions = [
        (0x28, 0, 0, 12), (0x15, 0, 8, 0x0800), (0x30, 0, 0, 23), (0x15, 0, 6, 6), (0xB1, 0, 0, 14), (0x48, 0, 0, 14),
        (0x15, 2, 0, port), (0x48, 0, 0, 16), (0x15, 0, 1, port), (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0),
    ]  # fmt: skip
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in instructions))
    return program, struct.pack("HP", len(instructions), ctypes.addressof(program))


class Capture:
    """All bytes that TCP carries on the loopback to or from a port, from the start of a `with` block to its end."""

    def __init__(self, port):
        self._port = port
        self.payload = b""

    def __enter__(self):
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise unittest.SkipTest("packets may be captured by root only (CAP_NET_RAW)") from None
        program, description = packets_of(self._port)
        self._socket.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, description)
        del program  # the kernel has its copy
        self._socket.bind(("lo", ALL_PROTOCOLS))
        self._socket.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER_FORCE, 64 << 20)
        self._socket.settimeout(0.2)
        self._is_over = False
        self._thread = threading.Thread(target=self._take)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over = True
        self._thread.join()
        self._socket.close()

    def _take(self):
        """Until nothing comes any more after the end."""
        while True:
            try:
                self._look_at(self._socket.recv(1 << 17)[ETHERNET:])
            except TimeoutError:
                if self._is_over:
                    return

    def _look_at(self, packet):
        segment = packet[4 * (packet[0] & 15) : struct.unpack_from(">H", packet, 2)[0]]
        self.payload += segment[4 * (segment[12] >> 4) :]


class Loopback(shield_test.ShieldTest):
    def test_shows_what_is_sent_without_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with Capture(port) as capture, socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(MARKER)
                self.assertEqual(listener.accept()[0].recv(100), MARKER)
        self.assertIn(MARKER, capture.payload)

    def test_shows_nothing_of_what_goes_between_two_enclaves(self):
        program = self.serve()
        rules = [rule(CONNECT, TLS, program.port, names="localhost", authority=self.authority.text)]
        with Capture(program.port) as capture:
            outcome = self.python(shield_test.Clients.ASK, rules, program.port, MARKER.decode())
        self.assertEqual((outcome.stdout, outcome.stderr), (MARKER.decode() + "\n", ""))
        self.assertGreater(len(capture.payload), 500 + 2 * len(MARKER))
        for start in range(len(MARKER) - 5):
            self.assertNotIn(MARKER[start : start + 6], capture.payload)


if __name__ == "__main__":
    unittest.main()
