"""nginx in one process, driven by curl, wrk and plain sockets, in every way of host calls."""

import contextlib
import http.server
import os
import re
import signal
import tempfile
import threading

from tests.support.certificate import make_certificate
from tests.support.crowd import ask, connect, crowd, receive_until, wait_until
from tests.support.fetch import fetch
from tests.support.http import logged, misbehave, read, serve_beside_a_slow_client
from tests.support.runner import NATIVE
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main
from tests.support.ways import agreeing

NGINX = "/usr/sbin/nginx"
CONFIGURATION = """\
daemon off;
master_process off;
user root;
pid {directory}/nginx.pid;
error_log {directory}/error.log notice;
thread_pool default threads=4;
events {{ worker_connections 2048; }}
http {{
    types {{ text/html html; text/plain txt; }}
    log_format brief '$request_method $uri $status $body_bytes_sent';
    access_log {directory}/access.log brief;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 64m;
    keepalive_requests 1000000;
    upstream application {{ server 127.0.0.1:{application}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        listen 127.0.0.1:{tls_port} ssl http2;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        root {directory}/www;
        location / {{ autoindex on; etag off; }}
        location /sendfile/ {{ alias {directory}/www/; sendfile on; tcp_nopush on; }}
        location /threads/ {{ alias {directory}/www/; aio threads; sendfile on; }}
        location /threads-copy/ {{ alias {directory}/www/; aio threads; output_buffers 2 64k; }}
        location /direct/ {{ alias {directory}/www/; aio threads; directio 4k; }}
        location /gzip/ {{ alias {directory}/www/; gzip on; gzip_types text/plain; }}
        location /application/ {{
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location /upload/ {{ dav_methods PUT DELETE MKCOL MOVE; create_full_put_path on; alias {directory}/www/upload/; }}
        location /limited/ {{ alias {directory}/www/; limit_rate 20m; }}
        location /status {{ stub_status; }}
        location /return {{ return 418 "a teapot\\n"; }}
    }}
}}
"""

LARGE = bytes(range(256)) * 40_000


class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(f"{self.path} asked for\n".encode())

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"]))[::-1])

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class NginxTest(AppTest):
    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="farl-apps-"))
        cls.certificate, cls.key = make_certificate(directory)
        cls.application = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
        threading.Thread(target=cls.application.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        cls.addClassCleanup(cls.application.server_close)
        cls.addClassCleanup(cls.application.shutdown)

    @contextlib.contextmanager
    def nginx(self, runner):
        directory = self.directory()
        os.makedirs(f"{directory}/www/upload")
        for name, contents in {"page.html": b"<p>hello\n", "large.txt": LARGE, "empty.txt": b""}.items():
            with open(f"{directory}/www/{name}", "wb") as file:
                file.write(contents)
        ports = {"port": free_port(), "tls_port": free_port(), "application": self.application.server_port}
        with open(f"{directory}/nginx.conf", "w") as file:
            file.write(CONFIGURATION.format(directory=directory, certificate=self.certificate, key=self.key, **ports))
        command = (NGINX, "-p", directory, "-c", f"{directory}/nginx.conf", "-e", "stderr")
        with Server(runner, command, ports["port"]) as server:
            server.directory = directory
            server.url = f"http://127.0.0.1:{server.port}"
            server.secure_url = f"https://localhost:{ports['tls_port']}"
            yield server

    def test_files_are_served_as_natively(self):
        def observe(runner):
            with self.nginx(runner) as server:
                return {
                    path: fetch(*options, server.url + path)
                    for path, options in {
                        "/page.html": (),
                        "/missing": (),
                        "/empty.txt": (),
                        "/return": (),
                        "/large.txt": (),
                        "/sendfile/large.txt": (),
                        "/threads/large.txt": (),
                        "/threads-copy/large.txt": (),
                        "/direct/large.txt": (),
                        "/limited/large.txt": (),
                        "/gzip/large.txt": ("--compressed",),
                        "/sendfile/large.txt?range": ("--range", "1000-4999999"),
                        "/sendfile/large.txt?ranges": ("--range", "0-9,100-199,-5"),
                        "/large.txt?head": ("--head",),
                        "/page.html?post": ("--data", "x"),
                    }.items()
                }

        answers = agreeing(self, observe)
        self.assertTrue(answers["/threads/large.txt"].answer.endswith(LARGE))
        self.assertTrue(answers["/sendfile/large.txt?range"].answer.endswith(LARGE[1000:5_000_000]))

    def test_it_passes_requests_on_and_stores_uploads(self):
        upload = os.path.join(self.directory(), "upload")
        with open(upload, "wb") as file:
            file.write(LARGE)

        def observe(runner):
            with self.nginx(runner) as server:
                passed = [fetch(f"{server.url}/application/{i}") for i in range(5)]
                posted = fetch("--data-binary", f"@{upload}", f"{server.url}/application/reversed").answer.endswith(LARGE[::-1])
                put = fetch("--upload-file", upload, f"{server.url}/upload/a/b").status
                got = fetch(f"{server.url}/upload/a/b")
                deleted = fetch("--request", "DELETE", f"{server.url}/upload/a/b").status
                return passed, posted, put, got.status, got.answer.endswith(LARGE), deleted, logged(server, 9)

        agreeing(self, observe)

    def test_it_speaks_tls_and_http2(self):
        def observe(runner):
            with self.nginx(runner) as server:
                trusting = ("--cacert", self.certificate)
                urls = [f"{server.secure_url}/{name}" for name in ("page.html", "large.txt", "threads/large.txt")]
                return [fetch(*trusting, version, *urls) for version in ("--http1.1", "--http2")]

        answers = agreeing(self, observe)
        self.assertEqual([status for status, _, _ in answers], [0, 0])

    def test_a_thousand_connections_are_kept_alive(self):
        def observe(runner):
            with self.nginx(runner) as server, crowd(server.port, 1000) as clients:
                answers = set()
                for _ in range(2):
                    for client in clients:
                        client.sendall(b"GET /page.html HTTP/1.1\r\nHost: a\r\n\r\n")
                    answers |= {receive_until(client, b"hello\n").split(b"\r\n")[0] for client in clients}
                return answers, active(server) > 1000

        self.assertEqual(agreeing(self, observe), ({b"HTTP/1.1 200 OK"}, True))

    def test_clients_that_misbehave_leave_nothing_behind(self):
        def observe(runner):
            with self.nginx(runner) as server:
                misbehave(server, ("large.txt", "sendfile/large.txt", "threads/large.txt", "application/x", "no"))
                served, whole = serve_beside_a_slow_client(server, "threads/large.txt")
                return served, whole.endswith(LARGE), wait_until(lambda: active(server) == 1)

        self.assertEqual(agreeing(self, observe)[1:], (True, True))

    def test_wrk_sees_no_error(self):
        def observe(runner):
            with self.nginx(runner) as server:
                done = NATIVE.run("wrk", "-t", 1, "-c", 64, "-d", 1, f"{server.url}/threads/page.html")
                return done.status, "Requests/sec" in done.text, "error" in done.text.lower(), "Non-2xx" in done.text

        self.assertEqual(agreeing(self, observe), (0, True, False, False))

    def test_it_ends_as_natively_under_load(self):
        for ending in (signal.SIGQUIT, signal.SIGTERM):

            def observe(runner):
                with self.nginx(runner) as server:
                    self.background("wrk", "-t", 1, "-c", 32, "-d", 30, f"{server.url}/threads/page.html")
                    self.assertTrue(wait_until(lambda: len(read(server, "access.log")) > 100))
                    server.process.send_signal(signal.SIGUSR1)  # opens its logs again
                    reopened = wait_until(lambda: "reopening logs" in read(server, "error.log"))
                    return server.stop(ending), reopened, os.path.exists(server.directory + "/nginx.pid")

            with self.subTest(ending):
                agreeing(self, observe)


def active(server):
    with connect(server.port) as client:
        status = ask(client, b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n", b" \n").decode()
    return int(re.search(r"Active connections: (\d+)", status)[1])


if __name__ == "__main__":
    main(NGINX, "curl", "openssl", "wrk")
