"""memcached with four threads, driven by libmemcached's tools and by plain sockets, in every way of host calls."""

import contextlib
import os
import signal

from tests.support.crowd import ask, connect, crowd, half_close, receive_all, receive_exactly, receive_until, reset, wait_until
from tests.support.runner import NATIVE
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main
from tests.support.ways import agreeing

SESSION = b"""\
set greeting 5 0 14\r\nhello, enclave\r\n
get greeting\r\n
gets greeting nothing\r\n
add greeting 0 0 1\r\nx\r\n
append greeting 0 0 1\r\n!\r\n
prepend greeting 0 0 1\r\n>\r\n
get greeting\r\n
set counter 0 0 2\r\n41\r\n
incr counter 1\r\n
decr counter 100\r\n
incr greeting 1\r\n
touch counter 100\r\n
gat 100 counter\r\n
cas greeting 0 0 1 99999\r\nx\r\n
set gone 0 -1 1\r\nx\r\n
get gone\r\n
delete counter\r\n
delete counter\r\n
set bad 0 0 nonsense\r\n
ms modern 2 T100\r\nab\r\n
mg modern s v t\r\n
lru_crawler crawl all\r\n
verbosity 1\r\n
flush_all\r\n
get greeting\r\n
nosuchcommand\r\n
""".replace(b"\r\n\n", b"\r\n")

LARGE = os.urandom(6 << 20)


@contextlib.contextmanager
def memcached(runner, *options):
    port = free_port()
    user = ("-u", "root") if os.getuid() == 0 else ()
    command = ("memcached", *user, "-t", 4, "-l", "127.0.0.1", "-p", port, "-U", 0, "-c", 1200, *options)
    with Server(runner, command, port) as server:
        yield server


def stats(port, *of):
    with connect(port) as client:
        lines = ask(client, b" ".join((b"stats", *of)) + b"\r\n", b"END\r\n").decode().splitlines()
    return dict(line.split(" ", 2)[1:] for line in lines[:-1])


def store(client, key, value):
    return ask(client, b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value), b"\r\n")


def get(client, key):
    return ask(client, b"get %s\r\n" % key, b"END\r\n")


def found(key, value):
    return b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (key, len(value), value)


class MemcachedTest(AppTest):
    def test_a_session_answers_as_natively(self):
        def observe(runner):
            with memcached(runner) as server, connect(server.port) as client:
                return ask(client, SESSION + b"mn\r\n", b"MN\r\n")

        self.assertIn(b">hello, enclave!\r\n", agreeing(self, observe))

    def test_it_is_capable_of_both_protocols(self):
        def observe(runner):
            with memcached(runner) as server:
                done = NATIVE.run("memccapable", "-h", "127.0.0.1", "-p", server.port)
                return done.status, done.text

        self.assertIn("All tests passed", agreeing(self, observe)[1])

    def test_memcaslap_finds_what_it_stored(self):
        load = ("memcaslap", "--threads=2", "--concurrency=32", "--execute_number=20000", "--verify=1.0")

        def observe(runner):
            with memcached(runner) as server:
                done = NATIVE.run(*load, f"--servers=127.0.0.1:{server.port}")
                seen = [line for line in done.text.splitlines() if line.startswith(("get_misses", "verify_"))]
                return done.status, seen, stats(server.port)["threads"]

        self.assertEqual(agreeing(self, observe)[2], "4")

    def test_large_values_come_back_unchanged_while_others_are_served(self):
        def observe(runner):
            with memcached(runner, "-I", "8m", "-m", 128) as server, connect(server.port) as slow, connect(server.port) as other:
                seen = [store(slow, b"large", LARGE)]
                slow.sendall(b"get large\r\n" * 4)  # more than the socket takes: the server has to wait for the reader
                seen += [store(other, b"small", b"x"), get(other, b"small")]
                answers = receive_exactly(slow, 4 * len(found(b"large", LARGE)))
                return seen, answers == 4 * found(b"large", LARGE)

        self.assertTrue(agreeing(self, observe)[1])

    def test_a_thousand_clients_are_served_at_once(self):
        def observe(runner):
            with memcached(runner) as server, crowd(server.port, 1000) as clients:
                for index, client in enumerate(clients):
                    client.sendall(b"set key%d 0 0 4\r\n%04d\r\nget key%d\r\n" % (index, index, index))
                answers = [receive_until(client, b"END\r\n") for client in clients]
                expected = [b"STORED\r\n" + found(b"key%d" % i, b"%04d" % i) for i in range(1000)]
                return answers == expected, int(stats(server.port)["curr_connections"]) > 1000

        self.assertEqual(agreeing(self, observe), (True, True))

    def test_clients_that_go_without_a_word_leave_nothing_behind(self):
        def observe(runner):
            with memcached(runner, "-I", "8m", "-m", 128) as server:
                before = connections(server.port)
                with connect(server.port) as client:
                    store(client, b"large", LARGE)
                for leave in (reset, half_close) * 50:
                    client = connect(server.port)
                    client.sendall(b"get large\r\nset half 0 0 100\r\nonly this")
                    leave(client)
                    client.close()
                return wait_until(lambda: connections(server.port) <= before)

        self.assertTrue(agreeing(self, observe))

    def test_more_clients_than_allowed_are_told_so(self):
        def observe(runner):
            with memcached(runner, "-c", 50) as server, crowd(server.port, 15) as clients:
                seen = [ask(client, b"mn\r\n", b"\r\n") for client in clients]
                with crowd(server.port, 60) as more:
                    refused = receive_all(more[-1])
                return seen, refused, wait_until(lambda: answers(server.port))

        self.assertIn(b"Too many open connections", agreeing(self, observe)[1])

    def test_its_own_threads_evict_expand_and_crawl(self):
        def observe(runner):
            with memcached(runner, "-m", 8, "-o", "hashpower=13") as server, connect(server.port) as client:
                for start in range(0, 60_000, 1000):
                    batch = range(start, start + 1000)
                    client.sendall(b"".join(b"set k%d 0 0 100 noreply\r\n%0100d\r\n" % (i, i) for i in batch))
                last = get(client, b"k59999")
                evicted = int(stats(server.port)["evictions"]) > 0
                expanded = wait_until(lambda: int(stats(server.port)["hash_power_level"]) > 13)
                crawled = wait_until(lambda: crawl(client) and int(stats(server.port)["crawler_items_checked"]) > 10_000)
                return last, evicted, expanded, crawled

        self.assertEqual(agreeing(self, observe)[1:], (True,) * 3)

    def test_it_ends_as_natively_under_load(self):
        load = ("memcaslap", "--threads=1", "--concurrency=32", "--time=30s")
        for ending in (signal.SIGINT, signal.SIGUSR1):

            def observe(runner):
                with memcached(runner) as server:
                    client = self.background(*load, f"--servers=127.0.0.1:{server.port}")
                    self.assertTrue(wait_until(lambda: int(stats(server.port)["cmd_set"]) > 200))
                    server.stop(ending)
                    client.kill()
                    return server.process.returncode

            with self.subTest(ending):
                agreeing(self, observe)

    def test_it_becomes_another_user(self):
        if os.getuid() != 0:
            self.skipTest("only root can")

        def observe(runner):
            with memcached(runner, "-u", "nobody") as server, connect(server.port) as client:
                return store(client, b"a", b"b"), get(client, b"a"), server.stop(signal.SIGINT)

        agreeing(self, observe)


def connections(port):
    return int(stats(port)["curr_connections"])


def crawl(client):
    return ask(client, b"lru_crawler crawl all\r\n", b"\r\n")


def answers(port):
    with connect(port) as client:
        return ask(client, b"mn\r\n", b"\r\n") == b"MN\r\n"


if __name__ == "__main__":
    main("memcached", "memccapable", "memcaslap")
