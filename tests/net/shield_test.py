"""The network shield: unmodified programs whose connections are TLS outside, and what must not get through it."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from tests.net.proxy import Proxy, cut_after, in_fragments, with_bit_flipped
from tests.net.shield import (CONNECT, FILES, LISTEN, PLAIN, PLAIN_UDP, PLAIN_UNIX, PYTHON, REFUSE, TLS, TLS12, Authority, Shield,
                              rule)  # fmt: skip
from tests.support.server import free_port

MARKER = b"the marker that nobody may see"

# Says what accept(2) and recv(2) gave, and sends everything back until the end.
ECHO = """if 1:
    import socket, sys, threading
    def serve(connection):
        what = b""
        try:
            while data := connection.recv(1 << 16):
                what += data
                connection.sendall(data)
            end = "end"
        except OSError as error:
            end = type(error).__name__
        print("served", len(what), end, flush=True)
        connection.close()
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("listening", flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


class ShieldTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-shield-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.authority, cls.other = Authority(cls.directory), Authority(cls.directory, "other")
        cls.shield = Shield(cls.directory)
        cls.certificate = cls.authority.texts("server")

    def python(self, code, rules, *arguments, **options):
        return self.shield.run([PYTHON, "-c", code, *map(str, arguments)], rules, **options)

    def serve(self, code=ECHO, files=(), **texts):
        """A program that listens behind TLS on the port that it is given."""
        port = free_port()
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        rules = [rule(LISTEN, TLS, port, **{**self.certificate, **texts})]
        program = self.shield.start([PYTHON, "-c", code, str(port)], rules, stdout=subprocess.PIPE, stderr=log, files=files)
        program.port, program.log = port, log
        self.addCleanup(program.wait)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), "listening\n", self.log_of(program))
        return program

    @staticmethod
    def log_of(program):
        program.log.seek(0)
        return program.log.read()

    def wait_for_log(self, program, text):
        deadline = time.monotonic() + 60
        while text not in self.log_of(program):
            self.assertLess(time.monotonic(), deadline, self.log_of(program))
            time.sleep(0.02)

    def context(self, authority=None, **chain):
        context = ssl.create_default_context(cafile=(authority or self.authority).certificate)
        if chain:
            context.load_cert_chain(chain["certificate"], chain["key"])
        return context

    def connect(self, port, context=None):
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        try:
            return (context or self.context()).wrap_socket(raw, server_hostname="localhost")
        except BaseException:
            raw.close()
            raise

    def ask(self, port, data, context=None):
        """Sends piece by piece, half-closes, and returns all that came back."""
        answer = b""
        with self.connect(port, context) as connection:
            for start in range(0, len(data), 100_000):
                connection.sendall(data[start:start + 100_000])
                while len(answer) < min(len(data), start + 100_000):
                    piece = connection.recv(1 << 16)
                    if not piece:
                        return answer
                    answer += piece
            connection.unwrap()
        return answer

    def assert_refused_at(self, program, behave, why):
        """`behave(port)` leads to one line that says why, and to nothing that the program could see."""
        behave(program.port)
        self.wait_for_log(program, why)
        self.assertEqual(self.ask(program.port, b"still there"), b"still there")
        self.assertEqual(program.stdout.readline(), "served 11 end\n")


class Servers(ShieldTest):
    def test_serve_tls_and_show_nothing_to_who_is_on_the_way(self):
        program = self.serve()
        with Proxy(program.port) as proxy:
            self.assertEqual(self.ask(proxy.port, MARKER), MARKER)
        self.assertGreater(len(proxy.passed), 2 * len(MARKER))
        self.assertNotIn(MARKER[:8], proxy.passed)
        self.assertEqual(program.stdout.readline(), f"served {len(MARKER)} end\n")

    def test_serve_through_fragments_and_pauses(self):
        program = self.serve()
        data = os.urandom(200_000)
        for seed in range(3):
            with Proxy(program.port, in_fragments(seed)) as proxy:
                self.assertEqual(self.ask(proxy.port, data), data)

    def test_carry_megabytes_of_several_clients_at_once(self):
        program = self.serve()
        data = os.urandom(3_000_000)
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.ask(program.port, data))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer == data for answer in answers], [True] * 4)

    def test_let_nobody_through_who_does_not_speak_tls(self):
        program = self.serve()

        def say(*words):
            def behave(port):
                with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                    for word in words:
                        connection.sendall(word)
                    while connection.recv(100):
                        pass
            return behave
        self.assert_refused_at(program, say(b"GET / HTTP/1.1\r\n\r\n"), "refused: it speaks HTTP without TLS")
        self.assert_refused_at(program, say(b"hello, " * 100), "refused: it does not speak TLS")
        self.assert_refused_at(program, lambda port: socket.create_connection(("127.0.0.1", port)).close(),
                               "refused: it ends within the handshake")

    def test_speak_older_versions_only_if_the_rule_says_so(self):
        old = self.context()
        old.maximum_version = ssl.TLSVersion.TLSv1_2

        def refused(port):
            with self.assertRaises(ssl.SSLError):
                self.connect(port, old)
        self.assert_refused_at(self.serve(), refused, "refused: its version of TLS is too old")
        program = self.serve(flags=TLS12)
        self.assertEqual(self.ask(program.port, b"x", old), b"x")
        older = self.context()
        older.minimum_version, older.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        older.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises(ssl.SSLError):
            self.connect(program.port, older)
        weak = self.context()
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES128-GCM-SHA256:AES256-SHA")  # without forward secrecy
        with self.assertRaises(ssl.SSLError):
            self.connect(program.port, weak)

    def test_do_not_renegotiate(self):
        program = self.serve(flags=TLS12)
        client = subprocess.Popen(["openssl", "s_client", "-connect", f"localhost:{program.port}", "-tls1_2", "-CAfile", self.authority.certificate],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        client.stdin.write(b"R\n")
        client.stdin.flush()
        self.assertEqual(program.stdout.readline(), "served 0 ConnectionResetError\n")
        client.stdin.close()
        self.wait_for_log(program, "ended: it asks for a renegotiation")

    def test_serve_with_an_rsa_key(self):
        program = self.serve(**self.authority.texts("rsa", algorithm="RSA"))
        self.assertEqual(self.ask(program.port, b"x"), b"x")

    def test_take_clients_of_the_authority_and_the_name_only(self):
        program = self.serve(authority=self.authority.text, names="front.shop\nback.shop")

        def chain(authority, name, **options):
            return dict(zip(("certificate", "key"), authority.issue(name, **options)))

        def shows(options):
            def behave(port):
                with self.connect(port, self.context(**options)) as connection:
                    with self.assertRaises(OSError):  # TLS 1.3 tells it with the first answer
                        connection.recv(1)
                        raise ConnectionResetError
            return behave
        good = self.context(**chain(self.authority, "back", hosts=["back.shop"]))
        self.assertEqual(self.ask(program.port, b"x", good), b"x")
        self.assertEqual(program.stdout.readline(), "served 1 end\n")
        for options, why in (({}, "it shows no certificate"),
                             (chain(self.other, "front", hosts=["front.shop"]), "unable to get local issuer certificate"),
                             (chain(self.authority, "late", hosts=["front.shop"], days=-1), "certificate has expired"),
                             (chain(self.authority, "web", hosts=["front.shop"], use="serverAuth"), "unsupported certificate purpose"),
                             (chain(self.authority, "else", hosts=["db.shop"]), "Hostname mismatch")):  # fmt: skip
            with self.subTest(why):
                shows(options)(program.port)
                self.wait_for_log(program, f"refused: {why}")
        self.assertEqual(self.ask(program.port, b"xy", good), b"xy")
        self.assertEqual(program.stdout.readline(), "served 2 end\n")

    def test_tell_whose_certificate_it_was_who_asks(self):
        code = """if 1:
            import errno, socket, sys
            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            print("listening", flush=True)
            while True:
                connection = listener.accept()[0]
                connection.sendall(connection.getsockopt(0x4641524c, 1, 1024))
                for what, size in ((connection, 10), (listener, 10)):
                    try:
                        what.getsockopt(0x4641524c, 1, size)
                    except OSError as error:
                        print(errno.errorcode[error.errno], flush=True)
                connection.close()
            """
        program = self.serve(code, authority=self.authority.text)
        certificate, key = self.authority.issue("teller")
        with self.connect(program.port, self.context(certificate=certificate, key=key)) as connection:
            with open(certificate, encoding="ascii") as file:
                self.assertEqual(connection.recv(8192), ssl.PEM_cert_to_DER_cert(file.read()))
        self.assertEqual([program.stdout.readline() for _ in range(2)], ["EMSGSIZE\n", "ENOPROTOOPT\n"])

    def test_tell_in_proc_who_is_there(self):
        code = """if 1:
            import socket, sys
            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            print("listening", flush=True)
            while True:
                connection = listener.accept()[0]
                for file in (connection, listener):
                    lines = open(f"/proc/self/fdinfo/{file.fileno()}").read().splitlines()
                    connection.sendall(repr([line for line in lines if line.startswith("tls")]).encode())
                connection.close()
            """
        program = self.serve(code, flags=TLS12, authority=self.authority.text)
        certificate, key = self.authority.issue("teller", hosts=["teller.test", "two words", "192.0.2.1", "other.test"])
        context = self.context(certificate=certificate, key=key)

        def lines(session=None):
            raw = socket.create_connection(("127.0.0.1", program.port), timeout=60)
            with context.wrap_socket(raw, server_hostname="localhost", session=session) as connection:
                text = b"".join(iter(lambda: connection.recv(8192), b""))
                return text.decode(), connection.session
        names = "'tls-peer-name:\\tteller.test', 'tls-peer-name:\\tother.test'"
        text, session = lines()
        self.assertEqual(text, f"['tls:\\tTLSv1.3', 'tls-resumed:\\t0', {names}][]")
        self.assertEqual(lines(session)[0], f"['tls:\\tTLSv1.3', 'tls-resumed:\\t1', {names}][]")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertEqual(lines()[0], f"['tls:\\tTLSv1.2', 'tls-resumed:\\t0', {names}][]")

    def test_say_goodbye_when_the_program_ends_and_not_when_it_is_killed(self):
        code = """if 1:
            import os, signal, socket, sys
            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            print("listening", flush=True)
            connection = listener.accept()[0]
            connection.sendall(b"last words")
            connection.recv(1)
            os._exit(0) if len(sys.argv) < 3 else signal.pause()
            """
        for is_killed in (False, True):
            program = self.serve(code)
            raw = socket.create_connection(("127.0.0.1", program.port), timeout=60)
            with self.context().wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
                self.assertEqual(connection.recv(100), b"last words")
                if is_killed:
                    program.kill()
                    self.assertRaises(ssl.SSLEOFError, connection.recv, 1)
                else:
                    connection.sendall(b"x")
                    self.assertEqual(connection.recv(1), b"")

    def test_stop_accepting_when_the_listener_is_shut_down(self):
        code = """if 1:
            import socket, sys, threading, time
            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            def shut_down():
                time.sleep(0.1)
                listener.shutdown(socket.SHUT_RDWR)
            threading.Thread(target=shut_down).start()
            try:
                listener.accept()
            except OSError as error:
                print(error.errno)
            """
        port = free_port()
        outcome = self.python(code, [rule(LISTEN, TLS, port, **self.certificate)], port)
        self.assertEqual((outcome.stdout, outcome.stderr), ("22\n", ""))

    def test_take_clients_only_that_name_the_protocol(self):
        program = self.serve(protocol="shop/db:5432")
        right, wrong = self.context(), self.context()
        right.set_alpn_protocols(["h2", "shop/db:5432"])
        wrong.set_alpn_protocols(["shop/db:6379"])
        self.assertEqual(self.ask(program.port, b"x", right), b"x")
        with self.assertRaises(ssl.SSLError):
            self.connect(program.port, wrong)
        self.wait_for_log(program, "refused: it does not name the protocol that the rule asks for (ALPN)")
        with self.connect(program.port) as connection, self.assertRaises(OSError):
            connection.recv(1)
            raise ConnectionResetError

    def test_give_no_end_that_was_not_announced(self):
        program = self.serve()
        connection = self.connect(program.port)
        connection.sendall(b"order: 1")
        self.assertEqual(connection.recv(100), b"order: 1")
        connection.close()  # without close_notify
        self.assertEqual(program.stdout.readline(), "served 8 ConnectionResetError\n")
        self.wait_for_log(program, "ended: it was cut off: its end was not announced")

    def test_give_no_byte_that_was_changed_or_is_behind_a_cut(self):
        program = self.serve()
        with Proxy(program.port) as proxy:
            self.ask(proxy.port, MARKER)
        self.assertEqual(program.stdout.readline(), f"served {len(MARKER)} end\n")
        for change in [with_bit_flipped(position) for position in range(0, 1000, 37)] + [cut_after(size) for size in range(0, 1000, 90)]:
            with Proxy(program.port, change) as proxy:
                try:
                    answer = self.ask(proxy.port, MARKER)
                except OSError:
                    answer = b""
                self.assertIn(answer, (b"", MARKER))  # whole, where what was changed came after it
        self.assertEqual(self.ask(program.port, b"x"), b"x")
        lines = []
        while not lines or lines[-1] != "served 1 end\n":
            lines.append(program.stdout.readline())
        for line in lines[:-1]:
            self.assertRegex(line, rf"served (0 ConnectionResetError|{len(MARKER)} (end|ConnectionResetError))\n")

    def test_replayed_bytes_of_another_connection_get_nothing(self):
        program = self.serve()
        sent = b""

        def keep(to_server, data):
            nonlocal sent
            sent += data if to_server else b""
            return [data]
        with Proxy(program.port, keep) as proxy:
            self.ask(proxy.port, MARKER)
        self.assertEqual(program.stdout.readline(), f"served {len(MARKER)} end\n")

        def replay(port):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(sent)
                while connection.recv(1000):
                    pass
        self.assert_refused_at(program, replay, "refused: a record was changed on its way, or is not of this connection")

    def test_do_not_wait_for_clients_that_are_silent(self):
        program = self.serve()
        silent = [socket.create_connection(("127.0.0.1", program.port), timeout=60) for _ in range(600)]
        self.assertEqual(self.ask(program.port, b"x"), b"x")
        self.wait_for_log(program, "refused: the handshake takes too long")
        for connection in silent:
            connection.close()
        self.assertEqual(program.stdout.readline(), "served 1 end\n")

    def test_take_certificates_from_files_and_look_at_them_again(self):
        code = """if 1:
            import os, socket, sys
            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            print("listening", flush=True)
            while True:
                listener.accept()[0].close()
                if os.path.exists("/run/tls/new.pem"):
                    for name in ("key", "pem"):
                        os.replace("/run/tls/new." + name, "/run/tls/server." + name)
                    print("renewed", flush=True)
            """
        first, second = (self.authority.texts(name) for name in ("first", "second"))
        files = [(f"/run/tls/{file}", 0o600, texts[field].encode()) for file, field, texts in (
            ("server.pem", "certificate", first), ("server.key", "key", first), ("new.pem", "certificate", second),
            ("new.key", "key", second))]  # fmt: skip
        program = self.serve(code, files, flags=FILES, certificate="/run/tls/server.pem", key="/run/tls/server.key")

        def subject():
            with self.connect(program.port) as connection:
                return dict(part[0] for part in connection.getpeercert()["subject"])["commonName"]
        self.assertEqual(subject(), "first")
        self.assertEqual(program.stdout.readline(), "renewed\n")
        deadline = time.monotonic() + 60
        while subject() != "second":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)


class Clients(ShieldTest):
    ASK = """if 1:
        import socket, sys
        try:
            connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60)
            connection.sendall(sys.argv[2].encode())
            print(connection.recv(100).decode())
        except OSError as error:
            print(type(error).__name__)
        """
    LATER = """if 1:
        import errno, os, select, socket, sys
        connection = socket.socket()
        connection.setblocking(False)
        assert connection.connect_ex(("127.0.0.1", int(sys.argv[1]))) == errno.EINPROGRESS
        poll = select.poll()
        poll.register(connection, select.POLLOUT)
        assert poll.poll(60000)
        error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            sys.exit(print(errno.errorcode[error]))
        connection.send(sys.argv[2].encode())
        poll.modify(connection, select.POLLIN)
        assert poll.poll(60000)
        print(connection.recv(100).decode())
        """

    def rule_to(self, port, **more):
        return rule(CONNECT, TLS, port, **{"names": "localhost", "authority": self.authority.text, **more})

    def answer(self, chain, version=None, protocols=(), client_authority=None):
        """The port of a TLS server that answers one connection, in capitals."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*chain)
        if version:
            context.maximum_version = version
        if protocols:
            context.set_alpn_protocols(protocols)
        if client_authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_authority.certificate)
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            listener.settimeout(20)
            with listener:
                connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    wrapped.sendall(wrapped.recv(100).upper())
                    wrapped.recv(1)
            except OSError:
                connection.close()
        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(thread.join)
        return listener.getsockname()[1]

    def test_reach_who_is_meant(self):
        for code in (self.ASK, self.LATER):
            port = self.answer(self.authority.issue("good"))
            with Proxy(port) as proxy:
                outcome = self.python(code, [self.rule_to(proxy.port)], proxy.port, MARKER.decode())
            self.assertEqual((outcome.stdout, outcome.stderr), (MARKER.decode().upper() + "\n", ""))
            self.assertNotIn(MARKER[:8], proxy.passed)
            self.assertNotIn(MARKER[:8].upper(), proxy.passed)

    def test_reach_nobody_else(self):
        good = self.authority.issue("good")
        cases = [(dict(chain=self.other.issue("good")), {}, "unable to get local issuer certificate"),
                 (dict(chain=self.authority.issue("late", days=-1)), {}, "certificate has expired"),
                 (dict(chain=self.authority.issue("other", hosts=["elsewhere"])), {}, "Hostname mismatch"),
                 (dict(chain=good), {"names": "127.0.0.2"}, "IP address mismatch"),
                 (dict(chain=self.authority.issue("client", use="clientAuth")), {}, "unsupported certificate purpose"),
                 (dict(chain=good, version=ssl.TLSVersion.TLSv1_2), {}, "it refuses this version of TLS"),
                 (dict(chain=good), {"protocol": "shop/db:5432"}, "it does not name the protocol that the rule asks for (ALPN)")]  # fmt: skip
        for served, wanted, why in cases:
            for code, error in ((self.ASK, "ConnectionRefusedError"), (self.LATER, "ECONNREFUSED")):
                with self.subTest(why):
                    port = self.answer(**served)
                    outcome = self.python(code, [self.rule_to(port, **wanted)], port, MARKER.decode())
                    line = f"farl: network shield: connection to 127.0.0.1:{port} refused: {why}\n"
                    self.assertEqual((outcome.stdout, outcome.stderr), (error + "\n", line))

    def test_reach_who_has_keys_of_another_kind(self):
        authority = Authority(self.directory, "long", ("RSA", "rsa_keygen_bits:4096"))
        port = self.answer(authority.issue("good", algorithm="RSA"))
        outcome = self.python(self.ASK, [self.rule_to(port, authority=authority.text)], port, "x")
        self.assertEqual((outcome.stdout, outcome.stderr), ("X\n", ""))

    def test_show_a_certificate_if_they_have_one(self):
        port = self.answer(self.authority.issue("good"), client_authority=self.authority)
        mine = self.authority.texts("client", use="clientAuth")
        outcome = self.python(self.ASK, [self.rule_to(port, names="127.0.0.1", **mine)], port, "x")
        self.assertEqual((outcome.stdout, outcome.stderr), ("X\n", ""))

    def test_reach_a_shielded_server_of_the_same_protocol(self):
        mine = self.authority.texts("front", hosts=["front.shop"])
        program = self.serve(protocol="db:1", authority=self.authority.text, names="front.shop")
        outcome = self.python(self.ASK, [self.rule_to(program.port, protocol="db:1", **mine)], program.port, "x")
        self.assertEqual((outcome.stdout, outcome.stderr), ("x\n", ""))
        self.assertEqual(program.stdout.readline(), "served 1 end\n")
        outcome = self.python(self.ASK, [self.rule_to(program.port, protocol="db:2", **mine)], program.port, "x")
        self.assertEqual(outcome.stdout, "ConnectionRefusedError\n")


class Rules(ShieldTest):
    CODE = """if 1:
        import socket, sys
        def attempt(name, call):
            try:
                call()
                print(name, "ok")
            except OSError as error:
                print(name, type(error).__name__)
        ours, theirs = map(int, sys.argv[1:3])
        def listen(address, family=socket.AF_INET):
            listener = socket.socket(family)
            listener.bind(address)
            listener.listen()
        attempt("listen", lambda: listen(("127.0.0.1", ours)))
        attempt("any port", lambda: listen(("127.0.0.1", 0)))
        attempt("other address", lambda: listen(("0.0.0.0", ours)))
        attempt("connect", lambda: socket.create_connection(("127.0.0.1", theirs), 60))
        attempt("other destination", lambda: socket.create_connection(("127.0.0.2", theirs), 60))
        attempt("mapped", lambda: socket.create_connection(("::ffff:127.0.0.1", theirs), 60))
        udp = lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        attempt("send udp", lambda: udp().sendto(b"x", ("127.0.0.1", 9)))
        attempt("bind udp", lambda: udp().bind(("127.0.0.1", 0)))
        asking = udp()
        attempt("connect udp", lambda: asking.connect(("127.0.0.1", 9)))
        attempt("receive udp", lambda: asking.recv(1, socket.MSG_DONTWAIT))
        attempt("send connected udp", lambda: asking.send(b"x"))
        attempt("unix", lambda: listen(sys.argv[3] + "/socket", socket.AF_UNIX))
        attempt("abstract", lambda: listen("\\0farl-test-%d" % ours, socket.AF_UNIX))
        pair = socket.socketpair()
        attempt("pair", lambda: pair[0].send(b"x"))
        attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
        fast = socket.socket()
        attempt("fast open", lambda: fast.sendto(b"x", 0x20000000, ("127.0.0.1", theirs)))
        attempt("unconnected", lambda: socket.socket().send(b"x"))
        """

    def outcomes(self, rules, flags=0):
        with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.TemporaryDirectory() as directory:
            theirs = listener.getsockname()[1]
            outcome = self.python(self.CODE, rules(theirs), self.port, theirs, directory, flags=flags)
        self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))
        return dict(line.rsplit(" ", 1) for line in outcome.stdout.splitlines())

    def setUp(self):
        self.port = free_port()

    def test_what_has_none_is_refused(self):
        outcomes = self.outcomes(lambda _: [rule(LISTEN, REFUSE, self.port)])
        for name in ("pair", "abstract"):  # inside
            self.assertEqual(outcomes.pop(name), "ok")
        for name in ("connect", "other destination", "mapped"):
            self.assertEqual(outcomes.pop(name), "ConnectionRefusedError")
        self.assertEqual(outcomes.pop("connect udp"), "ok")  # which sends nothing
        self.assertEqual(outcomes.pop("unconnected"), "BrokenPipeError")
        self.assertEqual(outcomes.pop("fast open"), "OSError")
        self.assertEqual(set(outcomes.values()), {"PermissionError"})

    def test_the_narrowest_one_counts(self):
        def rules(theirs):
            return [rule(LISTEN, PLAIN, self.port, "127.0.0.0/8"), rule(CONNECT, PLAIN, theirs, "127.0.0.0/8"),
                    rule(CONNECT, REFUSE, theirs, "127.0.0.2/32"), rule(CONNECT, REFUSE)]  # fmt: skip
        outcomes = self.outcomes(rules, PLAIN_UDP | PLAIN_UNIX)
        for name in ("listen", "connect", "mapped", "send udp", "connect udp", "send connected udp", "bind udp", "unix", "abstract", "pair"):
            self.assertEqual(outcomes.pop(name), "ok", name)
        self.assertEqual(outcomes, {"any port": "PermissionError", "other address": "PermissionError", "raw": "PermissionError",
                                    "receive udp": "BlockingIOError",
                                    "other destination": "ConnectionRefusedError", "fast open": "OSError",
                                    "unconnected": "BrokenPipeError"})  # fmt: skip

    def test_a_plain_one_leaves_a_connection_as_it_is(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            process = self.shield.start([PYTHON, "-c", Clients.LATER, str(port), "x"], [rule(CONNECT, PLAIN, port)],
                                        stdout=subprocess.PIPE)  # fmt: skip
            with listener.accept()[0] as connection:
                self.assertEqual(connection.recv(10), b"x")
                connection.sendall(b"plain")
                self.assertEqual(process.communicate(timeout=60)[0], "plain\n")

    def test_damaged_ones_end_the_start(self):
        mine = self.authority.texts("damaged")
        for texts, why in (({"certificate": "x", "key": "y"}, "the certificate or the key of a network rule is not readable, or they do not belong together"),
                           ({**mine, "key": self.certificate["key"]}, "the certificate or the key of a network rule is not readable, or they do not belong together"),
                           ({**mine, "authority": "x"}, "the authority of a network rule is no certificate"),
                           ({}, "the startup configuration from the CAS is damaged")):  # fmt: skip
            outcome = self.shield.run(["/bin/true"], [rule(LISTEN, TLS, 1, **texts)])
            self.assertEqual((outcome.returncode, outcome.stderr), (125, f"farl: {why}\n"))


if __name__ == "__main__":
    unittest.main()
