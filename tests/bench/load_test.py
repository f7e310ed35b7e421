"""The load generator against a small server of ours, whose behaviour is known."""

import json
import os
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from tests.net.shield import Authority

PROGRAM = os.path.abspath("build/bin/bench_load")
PAUSE_SECONDS = 0.3


class Store(socketserver.StreamRequestHandler):
    """Speaks as much of Redis as the generator does; a request counts once its last line is there."""

    def handle(self):
        while header := self.rfile.readline():
            lines = [self.rfile.readline() for _ in range(2 * int(header[1:]))]
            self.server.answer(self, [line.strip() for line in lines[1::2]])


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, answer=b"+OK\r\n"):
        super().__init__(("127.0.0.1", 0), Store)
        self.reply = answer
        self.seen = []
        self.pause_after = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, connection, words):
        self.seen.append(words)
        if len(self.seen) == self.pause_after:
            time.sleep(PAUSE_SECONDS)
        connection.wfile.write(self.reply)

    def handle_error(self, *_):
        """Clients that leave in the middle are part of the tests."""

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class TlsServer(Server):
    def __init__(self, chain, answer):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*chain)
        super().__init__(answer)

    def get_request(self):
        connection, address = super().get_request()
        return self._context.wrap_socket(connection, server_side=True), address


def load(server, *options):
    command = [PROGRAM, "redis", "--port", server.server_address[1], *options]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60)


def offered(server, *options):
    done = load(server, "--warm-up", 0, "--connections", 1, *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class LoadTest(unittest.TestCase):
    def test_no_more_than_the_rate_is_offered(self):
        with Server() as server:
            seen = offered(server, "--rate", 100, "--duration", 0.5)
        self.assertLessEqual(seen["answers"], 51)
        self.assertGreater(seen["answers"], 0)
        self.assertEqual(seen["failures"], 0)

    def test_a_pause_of_the_server_is_in_the_latency_of_all_requests_meant_for_that_time(self):
        with Server() as server:
            server.pause_after = 5
            seen = offered(server, "--rate", 100, "--duration", 1)
        # A tester that waits for the answer before it thinks of the next request would have one slow request of a hundred.
        self.assertGreater(seen["latency_us"]["p90"], PAUSE_SECONDS / 4 * 1e6)

    def test_answers_over_tls_may_be_several_records(self):
        with tempfile.TemporaryDirectory() as directory:
            chain = Authority(directory).issue("server")
            with TlsServer(chain, b"$100000\r\n" + b"x" * 100_000 + b"\r\n") as server:
                seen = offered(server, "--tls", "--preload", "--keys", 50)
        self.assertEqual((seen["answers"], seen["failures"], seen["disconnections"]), (50, 0, 0))
        self.assertEqual(len(server.seen), 50)

    def test_each_key_is_written_once_when_preloading(self):
        with Server() as server:
            seen = offered(server, "--preload", "--keys", 50, "--value-size", 8)
        self.assertEqual(seen["answers"], 50)
        self.assertEqual([words[:2] for words in server.seen], [[b"SET", b"key:%d" % n] for n in range(50)])

    def test_failures_are_no_answers(self):
        with Server(b"-ERR broken\r\n") as server:
            seen = offered(server, "--rate", 100, "--duration", 0.3)
        self.assertEqual(seen["answers"], 0)
        self.assertGreater(seen["failures"], 0)

    def test_what_is_no_answer_at_all_ends_the_run(self):
        with Server(b"hello\r\n") as server:
            done = load(server, "--duration", 5)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not an answer to the request: hello", done.stderr)

    def test_processor_time_is_of_the_named_process(self):
        with Server() as server:
            seen = offered(server, "--duration", 0.5, "--server", os.getpid())
        self.assertGreater(seen["server_processor_s"], 0)
        self.assertGreater(seen["client_processor_s"], 0)


if __name__ == "__main__":
    unittest.main()
