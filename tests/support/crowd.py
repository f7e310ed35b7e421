"""Many clients at once, and clients that behave badly, over plain sockets of the loopback."""

import contextlib
import resource
import socket
import struct
import time

TIME_LIMIT_SECONDS = 60


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=TIME_LIMIT_SECONDS)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


@contextlib.contextmanager
def crowd(port, count, greet=lambda client: None):
    """`count` connections that are open at the same time; each greets the server before the next one comes."""
    allow_descriptors(count + 200)
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(count):
            clients.append(stack.enter_context(connect(port)))
            greet(clients[-1])
        yield clients


def allow_descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


def ask(client, request, end):
    """Sends the request, and returns all bytes up to the first ones that finish with `end`."""
    client.sendall(request)
    return receive_until(client, end)


def receive_until(client, end):
    received = bytearray()
    while not received.endswith(end):
        received += receive_some(client)
    return bytes(received)


def receive_exactly(client, size):
    received = bytearray()
    while len(received) < size:
        received += receive_some(client, size - len(received))
    return bytes(received)


def receive_some(client, size=1 << 16):
    received = client.recv(size)
    if not received:
        raise ConnectionError("the server closed the connection")
    return received


def receive_all(client):
    """Everything until the server closes."""
    return b"".join(iter(lambda: client.recv(1 << 16), b""))


def reset(client):
    """Ends the connection at once: the server is sent an RST, whatever it still had to send."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def half_close(client):
    """Says that nothing more will come, and still takes answers."""
    client.shutdown(socket.SHUT_WR)


def wait_until(holds):
    """Whether it holds in the end: false after the time limit."""
    deadline = time.monotonic() + TIME_LIMIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
