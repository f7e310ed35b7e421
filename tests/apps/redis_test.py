"""redis-server, driven by redis-cli and redis-benchmark."""

import contextlib
import os
import signal

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main

SESSION = b"""
SET greeting "hello, enclave"
GET greeting
GET nothing
INCR counter
INCRBY counter 41
INCR greeting
RPUSH list a b c d
LRANGE list 0 -1
HSET hash one 1 two 2
HGET hash two
ZADD board 3 c 1 a 2 b
ZRANGE board 0 -1 WITHSCORES
SETRANGE padded 5 x
STRLEN padded
EXPIRE greeting 1000
PERSIST greeting
TYPE board
EVAL "return redis.call('GET', KEYS[1])..#ARGV" 1 counter x y
DEL list hash
EXISTS list
DBSIZE
NOSUCHCOMMAND
"""


@contextlib.contextmanager
def redis(runner, *options):
    port = free_port()
    options = options or ("--save", "", "--appendonly", "no")
    command = ("redis-server", "--bind", "127.0.0.1", "--port", port, *options)
    with Server(runner, command, port) as server:
        server.wait_for_output("Ready to accept connections")  # it answers before, but may not have loaded its data
        yield server


def cli(server, *arguments, stdin=b""):
    return NATIVE.run("redis-cli", "-p", server.port, *arguments, stdin=stdin)


def append_only(directory):
    return (
        *("--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--dir", directory),
        *("--enable-debug-command", "local"),
    )


class RedisTest(AppTest):
    def test_a_session_answers_as_natively(self):
        with redis(NATIVE) as server:
            native = cli(server, stdin=SESSION)
        with redis(UNDER_TEST) as server:
            tested = cli(server, stdin=SESSION)
        self.assert_agree(native, tested)
        self.assertIn("hello, enclave\n\n1\n42\n", tested.text)

    def test_a_pipeline_of_ten_thousand_commands_is_stored(self):
        commands = b"".join(b"SET key:%d value:%d\r\n" % (i, i) for i in range(10_000))
        with redis(UNDER_TEST) as server:
            piped = cli(server, "--pipe", stdin=commands)
            self.assertIn("errors: 0, replies: 10000", piped.text)
            self.assertEqual(cli(server, "DBSIZE").text, "10000\n")
            self.assertEqual(cli(server, "GET", "key:9999").text, "value:9999\n")

    def test_a_value_of_eight_mebibytes_comes_back_unchanged(self):
        value = os.urandom(4 << 20).hex().encode()
        with redis(UNDER_TEST) as server:
            self.assertEqual(cli(server, "-x", "SET", "large", stdin=value).text, "OK\n")
            self.assertEqual(cli(server, "GET", "large").stdout, value + b"\n")

    def test_a_blocked_client_times_out_while_another_is_served(self):
        with redis(UNDER_TEST) as server:
            waiting = self.background("redis-cli", "-p", server.port, "BLPOP", "nothing", 1)
            self.assertEqual(cli(server, "SET", "a", "b").text, "OK\n")
            self.assertEqual(waiting.communicate(timeout=60)[0], b"\n")

    def test_a_client_that_pushes_wakes_a_blocked_one(self):
        with redis(UNDER_TEST) as server:
            waiting = self.background("redis-cli", "-p", server.port, "BLPOP", "queue", 60)
            cli(server, "RPUSH", "queue", "job")
            self.assertEqual(waiting.communicate(timeout=60)[0], b"queue\njob\n")

    def test_redis_benchmark_completes(self):
        for pipeline in (1, 16):
            with self.subTest(pipeline=pipeline), redis(UNDER_TEST) as server:
                done = NATIVE.run(
                    "redis-benchmark", "-p", server.port, "-n", 20_000, "-c", 50, "-P", pipeline, "-t", "set,get", "--csv"
                )
                self.assertEqual(done.status, 0, done.errors)
                self.assertEqual([line.split('"')[1] for line in done.text.splitlines()[1:]], ["SET", "GET"])

    def test_it_ends_as_natively(self):
        for way, end in {
            "SHUTDOWN": lambda server: (cli(server, "SHUTDOWN", "NOSAVE"), server.process.wait(60)),
            "SIGTERM": lambda server: server.stop(signal.SIGTERM),
            "Ctrl-C": lambda server: server.stop(signal.SIGINT),
            "SIGKILL": lambda server: server.stop(signal.SIGKILL),
        }.items():
            with self.subTest(way):
                with redis(NATIVE) as server:
                    end(server)
                    native = server.process.returncode
                with redis(UNDER_TEST) as server:
                    end(server)
                    self.assertEqual(server.process.returncode, native, server.output())

    def test_an_append_only_file_survives_a_restart(self):
        options = append_only(self.directory())
        with redis(UNDER_TEST, *options) as server:
            cli(server, "SET", "kept", "value")
            cli(server, "INCR", "runs")
            cli(server, "SHUTDOWN")
            self.assertEqual(server.process.wait(60), 0, server.output())
        with redis(UNDER_TEST, *options) as server:
            self.assertEqual(cli(server, "GET", "kept").text, "value\n")
            self.assertEqual(cli(server, "INCR", "runs").text, "2\n")

    def test_a_native_server_reads_the_append_only_file(self):
        options = append_only(self.directory())
        with redis(UNDER_TEST, *options) as server:
            cli(server, stdin=SESSION)
            before = cli(server, "DEBUG", "DIGEST").text
            self.assertRegex(before, r"^(?!0{40})[0-9a-f]{40}\n$")
            server.stop(signal.SIGTERM)
        with redis(NATIVE, *options) as server:
            self.assertEqual(cli(server, "DEBUG", "DIGEST").text, before)
            self.assertEqual(cli(server, "GET", "counter").text, "42\n")


if __name__ == "__main__":
    main("redis-server", "redis-cli", "redis-benchmark")
