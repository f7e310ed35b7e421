"""What is on the way between two ends of a connection, and does to its bytes what a test says."""

import random
import socket
import threading
import time

from tests.attest.peer import Listener


class Proxy(Listener):
    """Forwards each connection to `port`, and keeps all that passes. `change(to_server, bytes)` gives the pieces to send on in its
    place, or None to cut the connection off."""

    def __init__(self, port, change=None):
        self._port = port
        self._change = change or (lambda to_server, data: [data])
        self.passed = b""

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            except OSError:
                return
            client.settimeout(60)
            for ends in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def __exit__(self, *arguments):
        self._listener.shutdown(socket.SHUT_RDWR)
        super().__exit__(*arguments)

    def _forward(self, source, target, to_server):
        try:
            while data := source.recv(65536):
                self.passed += data
                pieces = self._change(to_server, data)
                if pieces is None:
                    break
                for piece in pieces:
                    target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                end.close()


def in_fragments(seed):
    """A change that makes pieces of 1 byte and more, with pauses between some."""
    chance = random.Random(seed)

    def cut(_, data):
        pieces = []
        while data:
            size = chance.choice((1, 1, 2, 5, 6, 100, 1000, 20000))
            pieces.append(data[:size])
            data = data[size:]
            if chance.random() < 0.02:
                time.sleep(0.001)
        return pieces

    return cut


def with_bit_flipped(position):
    """A change of one bit of what goes to the server."""
    passed = 0

    def flip(to_server, data):
        nonlocal passed
        if to_server and passed <= position < passed + len(data):
            place = position - passed
            data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]
        passed += len(data) if to_server else 0
        return [data]

    return flip


def cut_after(size):
    """A change that ends the connection, without a word, after so many bytes for the server."""
    passed = 0

    def cut(to_server, data):
        nonlocal passed
        if to_server:
            passed += len(data)
            if passed > size:
                return None
        return [data]

    return cut
