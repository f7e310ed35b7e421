"""curl as a client under test, against a native server of python3."""

import hashlib
import http.server
import os
import ssl
import threading

from tests.support.certificate import make_certificate
from tests.support.runner import UNDER_TEST_BY_HOST_CALLS
from tests.support.server import free_port
from tests.support.suite import AppTest, main

LARGE = bytes(range(256)) * 65_536
MEDIUM = LARGE[: 1 << 20]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        bodies = {"/": b"hello\n", "/large": LARGE, "/medium": MEDIUM}
        path = self.path.split("?")[0]
        self.answer(200 if path in bodies else 404, bodies.get(path, b"nothing here\n"))

    def do_POST(self):
        if self.headers["Expect"] == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, hashlib.sha256(body).hexdigest().encode())

    do_PUT = do_POST

    def log_message(self, *_):
        pass


class CurlTest(AppTest):
    def serve(self, context=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        for clean_up in (thread.join, server.server_close, server.shutdown):
            self.addCleanup(clean_up)
        return server.server_port

    def curl(self, *arguments):
        return self.both("curl", "--silent", "--show-error", "--noproxy", "*", *arguments)

    def test_it_gets_what_is_served(self):
        url = f"http://127.0.0.1:{self.serve()}"
        self.assertEqual(self.curl(url + "/").text, "hello\n")
        self.assertEqual(self.curl(url + "/large").stdout, LARGE)
        self.assertEqual(self.curl("--write-out", "%{http_code}", url + "/missing").text, "nothing here\n404")
        self.assertEqual(self.curl("--fail", url + "/missing").status, 22)

    def test_names_of_the_local_host_are_resolved(self):
        self.assertEqual(self.curl(f"http://localhost:{self.serve()}/").text, "hello\n")

    def test_it_uploads_a_file(self):
        path = os.path.join(self.directory(), "upload")
        with open(path, "wb") as file:
            file.write(LARGE)
        sent = self.curl("--data-binary", f"@{path}", f"http://127.0.0.1:{self.serve()}/")
        self.assertEqual(sent.text, hashlib.sha256(LARGE).hexdigest())

    def test_many_transfers_run_side_by_side(self):
        url = f"http://127.0.0.1:{self.serve()}/medium?[1-40]"
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(way):
                directory = self.directory()
                done = runner.run(
                    *("curl", "--no-progress-meter", "--noproxy", "*", "--parallel", "--parallel-max", 20),
                    *("--output", os.path.join(directory, "#1"), url),
                )
                self.assertEqual((done.status, done.errors), (0, ""))
                self.assertEqual(len(os.listdir(directory)), 40)
                for name in os.listdir(directory):
                    with open(os.path.join(directory, name), "rb") as file:
                        self.assertTrue(file.read() == MEDIUM, name)

    def test_a_connection_is_kept_for_one_upload_after_another(self):
        path = os.path.join(self.directory(), "upload")
        with open(path, "wb") as file:
            file.write(LARGE)
        url = f"http://127.0.0.1:{self.serve()}/put?[1-5]"
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(way):
                report = ("--write-out", " %{num_connects}\n")
                done = runner.run("curl", "--silent", "--noproxy", "*", *report, "--upload-file", path, url)
                digest = hashlib.sha256(LARGE).hexdigest()
                self.assertEqual(done.text, f"{digest} 1\n" + f"{digest} 0\n" * 4)

    def test_it_checks_a_certificate(self):
        certificate, key = make_certificate(self.directory())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        url = f"https://localhost:{self.serve(context)}/large"
        self.assertEqual(self.curl("--cacert", certificate, url).stdout, LARGE)
        self.assertEqual(self.curl(url).status, 60)

    def test_a_refused_connection_is_reported(self):
        self.assertEqual(self.both("curl", "--silent", f"http://127.0.0.1:{free_port()}/").status, 7)


if __name__ == "__main__":
    main("curl", "openssl")
