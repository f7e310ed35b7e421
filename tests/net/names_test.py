"""Rules for host names: programs find each name by an address of its own, and the host is asked only where to go."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from tests.net.applications_test import needs
from tests.net.shield import CONNECT, PLAIN, PLAIN_UDP, PLAIN_UNIX, PYTHON, REFUSE, TLS, Authority, Shield, rule

DB, LOG = "db.test", "log.test"
AT = {DB: "127.0.0.2", LOG: "127.0.0.3"}

# Asks each of the names at this port.
ASK = """if 1:
    import errno, socket, sys
    for name in sys.argv[2:]:
        try:
            with socket.create_connection((name, int(sys.argv[1])), timeout=60) as connection:
                connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                print(connection.makefile().read().split()[-1], connection.getpeername()[:2])
        except OSError as error:
            print(errno.errorcode.get(error.errno, error))
    """

# The same by each family's socket, without blocking, by who sends as soon as select(2) says so.
ASK_LATER = """if 1:
    import errno, select, socket, sys
    for family, address in (socket.AF_INET, "240.0.0.1"), (socket.AF_INET6, "100::1"), (socket.AF_INET6, "::ffff:240.0.0.1"):
        with socket.socket(family) as connection, select.epoll() as epoll:
            epoll.register(connection, select.EPOLLOUT | select.EPOLLET)
            epoll.poll(0)
            connection.setblocking(False)
            said = [connection.connect_ex((address, int(sys.argv[1])))]
            said += [connection.connect_ex((address, int(sys.argv[1])))]
            try:
                connection.send(b"too early")
            except OSError as error:
                said += [error.errno]
            try:
                connection.getpeername()
            except OSError as error:
                said += [error.errno]
            print(*(errno.errorcode[error] for error in said), epoll.poll(0), select.select([], [connection], [], 0)[1], flush=True)
            assert epoll.poll(60)
            error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                print(errno.errorcode[error], flush=True)
                continue
            connection.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
            connection.setblocking(True)
            print(connection.makefile().read().split()[-1], connection.getpeername()[:2], flush=True)
    """

# As a program that brings its C library along.
STATIC = r"""
#include <netdb.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char** arguments)
{
    struct addrinfo *found, wanted = { .ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM };
    if (getaddrinfo(arguments[1], arguments[2], &wanted, &found))
        return puts("unknown");
    for (; found; found = found->ai_next) {
        int made = socket(found->ai_family, SOCK_STREAM, 0);
        char answer[1000];
        if (connect(made, found->ai_addr, found->ai_addrlen))
            perror("connect");
        else if (write(made, "GET / HTTP/1.0\r\n\r\n", 18) == 18)
            while ((count = read(made, answer, sizeof(answer))) > 0)
                fwrite(answer, 1, count, stdout);
        close(made);
    }
}
"""


class Server:
    """Says its name to everybody, behind TLS or in the clear."""

    def __init__(self, test, name, address, port, chain):
        self._name, self._context = name, None
        if chain:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*chain)
        self._listener = socket.create_server((address, port))
        thread = threading.Thread(target=self._serve)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(lambda: self._listener.shutdown(socket.SHUT_RDWR))

    def _serve(self):
        with self._listener:
            while True:
                try:
                    connection, _ = self._listener.accept()
                except OSError:
                    return
                connection.settimeout(60)
                try:
                    if self._context:
                        connection = self._context.wrap_socket(connection, server_side=True)
                    connection.recv(1000)
                    connection.sendall(f"HTTP/1.0 200 OK\r\n\r\n{self._name}\n".encode())
                    if self._context:
                        connection.unwrap()
                except OSError:
                    pass  # a client that does not want this one
                connection.close()


def free_everywhere():
    with socket.create_server(("", 0)) as found:
        return found.getsockname()[1]


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-names-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.authority = Authority(cls.directory)
        cls.chains = {name: cls.authority.issue(name, hosts=[name]) for name in AT}
        cls.shield = Shield(cls.directory)

    def setUp(self):
        self.port = free_everywhere()
        self.hosts = os.path.join(self.directory, "hosts")

    def serve(self, is_tls=True):
        for name, address in AT.items():
            Server(self, name, address, self.port, self.chains[name] if is_tls else None)

    def rules(self, mode=TLS, names=(DB, LOG)):
        texts = {"authority": self.authority.text} if mode == TLS else {}
        return [rule(CONNECT, mode, self.port, host=name, **(texts and {"names": name, **texts})) for name in names]

    def options(self, **variables):
        """With a host that knows what is in the file, and no DNS."""
        return {"env": {**os.environ, "CARES_HOSTS": self.hosts, "RES_OPTIONS": "timeout:1 attempts:1", **variables}}

    def run_inside(self, arguments, lines, rules=None, variables=(), **options):
        with open(self.hosts, "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in lines)
        return self.shield.run([str(argument) for argument in arguments], rules or self.rules(), **self.options(**dict(variables)), **options)

    def ask(self, names, lines=None, rules=None, **options):
        lines = [f"{address} {name}" for name, address in AT.items()] if lines is None else lines
        return self.run_inside([PYTHON, "-c", ASK, self.port, *names], lines, rules, **options)

    def test_each_leads_to_its_own_server_at_one_port(self):
        self.serve()
        outcome = self.ask([DB, LOG, "LOG.test"])
        self.assertEqual(outcome.stderr, "")
        lines = outcome.stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], [DB, LOG, LOG])
        self.assertIn(lines[0].split(maxsplit=1)[1], [f"('100::1', {self.port})", f"('240.0.0.1', {self.port})"])
        self.assertIn(lines[1].split(maxsplit=1)[1], [f"('100::2', {self.port})", f"('240.0.0.2', {self.port})"])

    def test_a_host_that_leads_elsewhere_is_refused(self):
        self.serve()
        outcome = self.ask([DB, LOG], [f"{AT[LOG]} {DB}", f"{AT[LOG]} {LOG}"])
        self.assertEqual(outcome.stdout.splitlines()[0], "ECONNREFUSED")
        self.assertIn(f"{LOG} ", outcome.stdout.splitlines()[1])
        self.assertIn(f"farl: network shield: connection to {DB}:{self.port} refused: Hostname mismatch", outcome.stderr)

    def test_one_that_the_host_does_not_know_is_not_reached(self):
        outcome = self.ask([DB], [f"{AT[LOG]} {LOG}"])
        self.assertEqual(outcome.stdout, "EHOSTUNREACH\n")
        self.assertIn(f"farl: network shield: connection to {DB}:{self.port} refused: the host knows no address of that name\n", outcome.stderr)

    def test_all_addresses_of_one_are_tried(self):
        self.serve()
        for lines in ((f"127.0.0.9 {DB}", f"{AT[DB]} {DB}"), (f"{AT[DB]} {DB}", f"127.0.0.9 {DB}", f"127.0.0.8 {DB}")):
            self.assertIn(f"{DB} ", self.ask([DB], lines).stdout)
        self.assertEqual(self.ask([DB], [f"127.0.0.9 {DB}", f"127.0.0.8 {DB}"]).stdout, "ECONNREFUSED\n")

    def test_who_does_not_block_does_not_wait_for_an_answer_either(self):
        for mode in TLS, PLAIN:
            self.port = free_everywhere()
            self.serve(mode == TLS)
            self.assertEqual(self.answered_late([f"{AT[DB]} {DB}"], mode),
                             [f"{DB} ('{address}', {self.port})" for address in ("240.0.0.1", "100::1", "::ffff:240.0.0.1")])  # fmt: skip
            self.assertEqual(self.answered_late([f"127.0.0.9 {DB}"], mode), ["ECONNREFUSED"] * 3)
        self.assertEqual(self.answered_late([f"{AT[LOG]} {LOG}"], PLAIN), ["EHOSTUNREACH"] * 3)

    def answered_late(self, lines, mode):
        """What becomes of connections whose name is resolved only once the program waits for that."""
        self.hosts = os.path.join(self.directory, "slow-hosts")
        os.mkfifo(self.hosts)
        process = self.shield.start([PYTHON, "-c", ASK_LATER, str(self.port)], self.rules(mode), stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, **self.options())  # fmt: skip
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        outcomes = []
        for _ in range(3):
            self.assertEqual(process.stdout.readline(), "EINPROGRESS EALREADY EAGAIN ENOTCONN [] []\n")
            with open(self.hosts, "w", encoding="ascii") as file:  # which waits until it is read
                file.writelines(f"{line}\n" for line in lines)
            outcomes.append(process.stdout.readline().strip())
        os.unlink(self.hosts)
        return outcomes

    def test_plain_and_refused_ones(self):
        self.serve(is_tls=False)
        rules = self.rules(PLAIN, [DB]) + self.rules(REFUSE, [LOG]) + [rule(CONNECT, PLAIN, network="0.0.0.0/0"), rule(CONNECT, PLAIN, network="::/0")]
        outcome = self.ask([DB, LOG, AT[LOG]], rules=rules)
        first, second, third = outcome.stdout.splitlines()
        self.assertIn(f"{DB} ", first)
        self.assertEqual((second, third), ("ECONNREFUSED", f"{LOG} ('{AT[LOG]}', {self.port})"))
        outcome = self.ask([AT[DB]], rules=self.rules(PLAIN))
        self.assertEqual(outcome.stdout, "ECONNREFUSED\n")

    def test_are_not_for_datagrams(self):
        code = """if 1:
            import errno, socket
            with socket.socket(type=socket.SOCK_DGRAM) as connection:
                print(errno.errorcode[connection.connect_ex(("240.0.0.1", 53))])
            """
        self.assertEqual(self.run_inside([PYTHON, "-c", code], [], flags=PLAIN_UDP | PLAIN_UNIX).stdout, "ENETUNREACH\n")

    def test_are_in_the_file_before_what_else_is_there(self):
        mine = ("/etc/hosts", 0o644, f"10.1.1.1 DB.test\n10.1.1.2 {LOG} other.shop # {LOG}\n# the end".encode())
        outcome = self.run_inside(["/bin/cat", "/etc/hosts"], [], files=[mine])
        self.assertEqual(outcome.stdout, f"240.0.0.1\t{DB}\n100::1\t{DB}\n240.0.0.2\t{LOG}\n100::2\t{LOG}\n10.1.1.2 other.shop\n# the end\n")
        with open("/etc/hosts", encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(self.run_inside(["/bin/cat", "/etc/hosts"], []).stdout.splitlines()[4:], lines)

    @needs("curl")
    def test_curl(self):
        self.serve()
        outcome = self.run_inside(["/usr/bin/curl", "-sS", *(f"http://{name}:{self.port}/" for name in AT)],
                                  [f"{address} {name}" for name, address in AT.items()])  # fmt: skip
        self.assertEqual(outcome.stdout.split(), [DB, LOG])

    @needs("musl-gcc")
    def test_a_static_program_in_an_empty_root(self):
        self.serve()
        root = os.path.join(self.directory, "root")
        os.mkdir(root)
        source, program = os.path.join(self.directory, "ask.c"), os.path.join(root, "ask")
        with open(source, "w", encoding="ascii") as file:
            file.write(STATIC)
        subprocess.run(["musl-gcc", "-static", "-o", program, source], check=True)
        outcome = self.run_inside(["/ask", LOG, self.port], [f"{AT[LOG]} {LOG}"], variables={"FARL_TEST_ROOT": root})
        self.assertEqual(outcome.stdout, f"HTTP/1.0 200 OK\n\n{LOG}\n" * 2, outcome.stderr)


if __name__ == "__main__":
    unittest.main()
