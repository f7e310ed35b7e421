"""TLS sessions that are resumed: by enclaves that share ticket keys and rules, and by no others."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from tests.net.shield import CONNECT, LISTEN, PYTHON, TLS, TLS12, Authority, Shield, rule
from tests.support.server import free_port

# Says whose certificate each connection shows, and sends back what comes.
SERVER = """if 1:
    import socket, sys
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("listening", flush=True)
    while True:
        connection = listener.accept()[0]
        try:
            shown = connection.getsockopt(0x4641524c, 1, 1024)
        except OSError:
            shown = b""
        connection.sendall(connection.recv(1000) + b" " + shown)
        connection.close()
"""


class ResumptionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-resumption-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.authority = Authority(cls.directory)
        cls.shield = Shield(cls.directory)


class Resumption(ResumptionTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = cls.authority.texts("server")
        cls.client = cls.authority.issue("client", hosts=["client.test"])

    def serve(self, ticket_keys=(), **texts):
        """The port of an enclave with this rule."""
        port = free_port()
        rules = [rule(LISTEN, TLS, port, **{"flags": TLS12, **self.certificate, **texts})]
        program = self.shield.start([PYTHON, "-c", SERVER, str(port)], rules, ticket_keys=ticket_keys, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL)  # fmt: skip
        self.addCleanup(program.wait)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), "listening\n")
        return port

    def context(self, version=ssl.TLSVersion.TLSv1_3, protocols=()):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(*self.client)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def ask(self, port, context, session=None):
        """The session after it, whether that was an earlier one, and whose certificate the program was shown."""
        with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
            with context.wrap_socket(raw, server_hostname="localhost", session=session) as connection:
                connection.sendall(b"hello")
                answer = connection.recv(8192)
                self.assertEqual(answer[:6], b"hello ")
                return connection.session, connection.session_reused, answer[6:]

    def assert_resumed(self, port, context, session, expected=True):
        self.assertEqual(self.ask(port, context, session)[1], expected)

    def test_is_taken_by_another_enclave_with_the_same_keys_and_rules(self):
        keys = [os.urandom(32)]
        first, second, alone = self.serve(keys), self.serve(keys), self.serve()
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.context(version)
            session, is_resumed, _ = self.ask(first, context)
            self.assertFalse(is_resumed)
            self.assert_resumed(second, context, session)
            self.assert_resumed(alone, context, session, False)
            own = self.ask(alone, context)[0]
            self.assert_resumed(alone, context, own)
            self.assert_resumed(first, context, own, False)

    def test_is_taken_with_an_earlier_and_a_later_key_and_then_goes_on_with_the_newest(self):
        old, current, new = (os.urandom(32) for _ in range(3))
        ports = [self.serve(keys) for keys in ([old, current], [current, new, old], [new, os.urandom(32), current])]
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.context(version)
            session = self.ask(ports[0], context)[0]
            self.assert_resumed(ports[2], context, session, False)
            newer, is_resumed, _ = self.ask(ports[1], context, session)
            self.assertTrue(is_resumed)
            self.assert_resumed(ports[2], context, newer)
            self.assert_resumed(ports[0], context, newer)

    def test_keeps_the_certificate_that_the_client_has_shown(self):
        port = self.serve([os.urandom(32)], authority=self.authority.text, names="client.test")
        with open(self.client[0], encoding="ascii") as file:
            expected = ssl.PEM_cert_to_DER_cert(file.read())
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.context(version)
            session, _, shown = self.ask(port, context)
            self.assertEqual(shown, expected)
            self.assertEqual(self.ask(port, context, session)[1:], (True, expected))

    def test_is_not_taken_where_another_rule_holds(self):
        keys, other = [os.urandom(32)], Authority(self.directory, "other")
        mutual = {"authority": self.authority.text, "names": "client.test", "protocol": "test/one"}
        context = self.context(protocols=["test/one", "test/two"])
        port = self.serve(keys, **mutual)
        session = self.ask(port, context)[0]
        self.assert_resumed(port, context, session)
        for change in ({"names": "client.test\nother.test"}, {"authority": self.authority.text + other.text}, {"protocol": "test/two"},
                       self.authority.texts("another")):  # fmt: skip
            self.assert_resumed(self.serve(keys, **{**mutual, **change}), context, session, False)
        anybody = self.ask(self.serve(keys), context)[0]
        self.assert_resumed(port, context, anybody, False)


# Asks once at each port, one after another, and tells what it got.
CLIENT = """if 1:
    import socket, sys
    for port in sys.argv[1:]:
        with socket.create_connection(("127.0.0.1", int(port))) as connection:
            connection.sendall(b"hello")
            print(connection.recv(100).decode(), end=" ", flush=True)
"""


class TlsServer:
    """At some ports, for the length of a `with` block: says to each connection whether it goes on with an earlier session."""

    def __init__(self, chain, version, ports=1, client_authority=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*chain)
        self.context.minimum_version = self.context.maximum_version = version
        if client_authority:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_authority.certificate)
        self.tickets = []  # of the next connections, how many each gets; then what is usual
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(ports)]
        self.ports = [listener.getsockname()[1] for listener in self.listeners]

    def __enter__(self):
        for listener in self.listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def __exit__(self, *_):
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener):
        while True:
            try:
                raw = listener.accept()[0]
            except OSError:
                return
            raw.settimeout(60)
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        if self.tickets:
            self.context.num_tickets = self.tickets.pop(0)
        try:
            with self.context.wrap_socket(raw, server_side=True) as connection:
                connection.recv(100)
                connection.sendall(b"resumed" if connection.session_reused else b"new")
                connection.unwrap()
        except OSError:
            pass


class Clients(ResumptionTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chain = cls.authority.issue("server")

    def ask(self, ports, rules_of=None, **options):
        """What a program in an enclave is told at each port."""
        texts = {"flags": TLS12, "names": "localhost", "authority": self.authority.text}
        rules = [rule(CONNECT, TLS, port, **{**texts, **(rules_of or {}).get(port, {})}) for port in set(ports)]
        outcome = self.shield.run([PYTHON, "-c", CLIENT, *map(str, ports)], rules, **options)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout.split()

    def test_go_on_with_sessions_where_these_began(self):
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            with TlsServer(self.chain, version, ports=2) as server:
                one, other = server.ports
                self.assertEqual(self.ask([one, one, other, one, other]), ["new", "resumed", "new", "resumed", "resumed"])
                self.assertEqual(self.ask([one]), ["new"], "it was in the memory of that enclave")

    def test_go_on_with_mutual_tls(self):
        certificate = self.authority.texts("client")
        with TlsServer(self.chain, ssl.TLSVersion.TLSv1_3, client_authority=self.authority) as server:
            port = server.ports[0]
            self.assertEqual(self.ask([port] * 3, {port: certificate}), ["new", "resumed", "resumed"])

    def test_use_a_ticket_once(self):
        with TlsServer(self.chain, ssl.TLSVersion.TLSv1_3) as server:
            server.tickets = [1, 0, 0]  # a second one could be there in time for the third connection
            port = server.ports[0]
            code = """if 1:
                import socket, sys
                def connect():
                    return socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                def ask(connection):
                    connection.sendall(b"hello")
                    return connection.recv(100).decode()
                ask(connect())
                both = [connect(), connect()]
                print(*[ask(connection) for connection in both])
                """
            rules = [rule(CONNECT, TLS, port, names="localhost", authority=self.authority.text)]
            outcome = self.shield.run([PYTHON, "-c", code, str(port)], rules)
            self.assertEqual(outcome.stdout, "resumed new\n", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
