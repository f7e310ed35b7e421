"""What an attested start may find where its CAS should be: one connection, treated as a test says."""

import os
import socket
import ssl
import struct
import subprocess
import threading

PROTOCOL = "farl-enclave/1"


def record(kind, payload):
    return struct.pack("<IIQ", kind, 0, len(payload)) + payload + bytes(-len(payload) % 8)


def block(magic, records):
    body = b"".join(records)
    return struct.pack("<8sIIQ", magic, 1, len(records), 24 + len(body)) + body


def startup_config(arguments, environment=(), directory="/", files=(), console_key=None, image=None, user=None, volume=None,
                   network=None):
    """docs/formats/startup-config.md. `files` are tuples of path, mode and contents; `image` is a key and a tag; `user` is ids:
    user, group, others; `volume` is name, path, key
    and id of one that is not protected from older copies, for an hour; `network` is flags, payloads of rules, and, if there are any,
    keys of session tickets."""
    records = [record(1, directory.encode())]
    records += [record(2, argument.encode()) for argument in arguments]
    records += [record(3, variable.encode()) for variable in environment]
    for path, mode, contents in sorted(files):
        records.append(record(4, struct.pack("<II", mode, len(path)) + path.encode() + contents))
    if console_key:
        records.append(record(5, console_key))
    if image:
        records.append(record(6, image + bytes(4)))
    if user:
        records.append(record(7, struct.pack(f"<{len(user)}I", *user)))
    if volume:
        name, path, key, number = volume
        fields = struct.pack("<32s16sQ16sII", key, number, 0, bytes(16), 2, len(name))
        records += [record(8, fields + (name + path).encode()), record(9, struct.pack("<I", 3600))]
    if network:
        flags, rules, *ticket_keys = network
        records += [record(10, struct.pack("<I", flags))] + [record(11, rule) for rule in rules]
        records += [record(12, b"".join(keys)) for keys in ticket_keys if keys]
    return block(b"FARLSCF1", records)


def denial(reason, explanation):
    return block(b"FARLDENY", [record(1, reason.encode()), record(2, explanation.encode())])


def message(contents):
    return struct.pack(">I", len(contents)) + contents


def make_key(directory, algorithm="ed25519"):
    """A key and a certificate by it, as paths; and the key's public bytes in hexadecimal."""
    key, certificate = os.path.join(directory, "key.pem"), os.path.join(directory, "certificate.pem")
    options = ["-algorithm", algorithm] if algorithm == "ed25519" else ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "genpkey", *options, "-out", key], check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-new", "-x509", "-key", key, "-subj", "/CN=test", "-days", "2", "-out", certificate],
                   check=True, capture_output=True)  # fmt: skip
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    return key, certificate, public[-32:].hex()


class Listener:
    """Listens at `address` from the start of a `with` block; `_serve` runs beside it."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._thread.join()


class Peer(Listener):
    """Treats the first connection by `behave(socket)`."""

    def __init__(self, behave):
        self._behave = behave

    def wait(self):
        """Until that connection is over."""
        self._thread.join()

    def _serve(self):
        self._listener.settimeout(60)
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        connection.settimeout(60)
        with connection:
            try:
                self._behave(connection)
            except OSError:  # of TLS too: what the enclave makes of it is what counts
                pass


def tls(key, certificate, behave, version=ssl.TLSVersion.TLSv1_3, protocols=(PROTOCOL,)):
    """A behaviour: a TLS server that then behaves so."""

    def serve(connection):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.minimum_version = context.maximum_version = version
        if protocols:
            context.set_alpn_protocols(list(protocols))
        with context.wrap_socket(connection, server_side=True) as wrapped:
            behave(wrapped)

    return serve


def answer(contents):
    """A behaviour within TLS: takes the request, sends these bytes, and waits for the other side's end."""

    def serve(connection):
        prefix = connection.recv(4)
        if len(prefix) < 4:
            return
        connection.recv(struct.unpack(">I", prefix)[0])
        connection.sendall(contents)
        connection.recv(1)

    return serve
