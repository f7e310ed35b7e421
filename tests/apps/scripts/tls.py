"""A TLS server in one thread, a client in another: arguments are the certificate and its key."""

import socket
import ssl
import sys
import threading

certificate, key = sys.argv[1:]
MESSAGE = bytes(range(256)) * 4096

server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(certificate, key)
client_context = ssl.create_default_context(cafile=certificate)

listener = socket.create_server(("127.0.0.1", 0))


def receive_exactly(connection, size):
    received = bytearray()
    while len(received) < size:
        piece = connection.recv(min(65536, size - len(received)))
        if not piece:
            break
        received += piece
    return bytes(received)


def serve():
    for _ in range(4):
        plain, _ = listener.accept()
        with server_context.wrap_socket(plain, server_side=True) as connection:
            connection.sendall(receive_exactly(connection, len(MESSAGE))[::-1])


server = threading.Thread(target=serve)
server.start()
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3) * 2:
    client_context.maximum_version = version
    with socket.create_connection(listener.getsockname()) as plain:
        with client_context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(MESSAGE)
            answer = receive_exactly(connection, len(MESSAGE))
            outcome = "reversed as asked" if answer == MESSAGE[::-1] else "wrong"
            print(f"{connection.version()}: {connection.cipher()[0]}, {len(answer)} bytes {outcome}")
server.join()

try:
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_connection(silent.getsockname()) as plain:
        plain.settimeout(0.1)
        client_context.wrap_socket(plain, server_hostname="localhost")
except TimeoutError:
    print("a silent server: timed out")
