"""Debian's python3: modules, threads, http.server, TLS, asyncio."""

import os
import signal

from tests.support.certificate import make_certificate
from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main

PYTHON = "/usr/bin/python3"
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")


def script(name):
    return os.path.join(SCRIPTS, name)


class PythonTest(AppTest):
    def test_modules_compute_the_same(self):
        tested = self.succeeds(PYTHON, script("modules.py"), env={"PYTHONHASHSEED": "0"})
        self.assertIn("sqlite3 (499500,)", tested.text)

    def test_threads_agree(self):
        tested = self.succeeds(PYTHON, script("threads.py"))
        self.assertIn("lock: 32000\n", tested.text)

    def test_a_tls_request_to_itself_is_answered(self):
        certificate, key = make_certificate(self.directory())
        tested = self.succeeds(PYTHON, script("tls.py"), certificate, key)
        self.assertEqual(tested.text.count("1048576 bytes reversed as asked"), 4)

    def test_an_asyncio_server_answers_its_clients(self):
        tested = self.succeeds(PYTHON, script("asyncio_echo.py"))
        self.assertIn("clients 200 True\ntimed out\n", tested.text)

    def test_an_exception_ends_with_status_1_and_a_traceback(self):
        tested = self.both(PYTHON, "-c", "import os; os.open('/no/such/file', 0)")
        self.assertEqual(tested.status, 1)
        self.assertIn("FileNotFoundError: [Errno 2]", tested.errors)

    def test_a_program_on_stdin_and_arguments(self):
        tested = self.succeeds(PYTHON, "-", "one", "two three", stdin=b"import sys; print(sys.argv)")
        self.assertEqual(tested.text, "['-', 'one', 'two three']\n")


class HttpServerTest(AppTest):
    def setUp(self):
        self.root = self.directory()
        with open(os.path.join(self.root, "page.html"), "w") as page:
            page.write("<p>from the enclave</p>\n")
        with open(os.path.join(self.root, "large"), "wb") as large:
            large.write(os.urandom(1 << 20) * 8)

    def served(self, runner):
        port = free_port()
        return Server(runner, (PYTHON, "-m", "http.server", port, "--bind", "127.0.0.1", "--directory", self.root), port)

    def curl(self, server, path, *options):
        url = f"http://127.0.0.1:{server.port}/{path}"
        return NATIVE.run("curl", "--silent", "--noproxy", "*", *options, url)

    def test_curl_gets_what_a_native_server_sends(self):
        with self.served(NATIVE) as native, self.served(UNDER_TEST) as tested:
            for path in ("page.html", "large", "", "missing"):
                with self.subTest(path):
                    self.assert_agree(self.curl(native, path), self.curl(tested, path), path)
            status = self.curl(tested, "missing", "--output", "/dev/null", "--write-out", "%{http_code}")
            self.assertEqual(status.text, "404")

    def test_many_requests_at_once_are_answered(self):
        with self.served(UNDER_TEST) as server:
            url = f"http://127.0.0.1:{server.port}/page.html?[1-100]"
            answers = NATIVE.run("curl", "--silent", "--noproxy", "*", "--parallel", "--parallel-max", 20, url)
            self.assertEqual(answers.text, "<p>from the enclave</p>\n" * 100)

    def test_it_ends_as_natively(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                with self.served(NATIVE) as native, self.served(UNDER_TEST) as tested:
                    self.assertEqual(tested.stop(number), native.stop(number), tested.output())


if __name__ == "__main__":
    main(PYTHON, "openssl", "curl")
