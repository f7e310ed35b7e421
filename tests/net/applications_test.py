"""Debian's servers, unmodified, behind the network shield, and unmodified clients that speak TLS to them."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from tests.net.shield import LISTEN, TLS, TLS12, Authority, Shield, rule
from tests.support.server import free_port


def needs(*programs):
    missing = [name for name in programs if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


class ApplicationTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-shielded-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.authority = Authority(self.directory)
        self.port = free_port()

    def serve(self, arguments, flags=0):
        log = open(os.path.join(self.directory, "log"), "w+", encoding="utf-8")
        self.addCleanup(log.close)
        rules = [rule(LISTEN, TLS, self.port, flags=flags, **self.authority.texts("server"))]
        process = Shield(self.directory).start(arguments, rules, directory=self.directory, stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return process
            except OSError:
                with open(log.name, encoding="utf-8") as file:
                    self.assertTrue(process.poll() is None and time.monotonic() < deadline, file.read())
                time.sleep(0.05)

    def run_client(self, *arguments, **options):
        return subprocess.run(arguments, capture_output=True, timeout=120, **{"check": True, **options}).stdout

    def serve_files(self, flags=0):
        """nginx, with what is in the directory."""
        config = os.path.join(self.directory, "nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"""
                daemon off; master_process off; pid {self.directory}/pid; error_log stderr;
                events {{ worker_connections 512; }}
                http {{ access_log off; sendfile on; tcp_nopush on;
                    client_body_temp_path {self.directory}/t1; proxy_temp_path {self.directory}/t2; fastcgi_temp_path {self.directory}/t3;
                    uwsgi_temp_path {self.directory}/t4; scgi_temp_path {self.directory}/t5;
                    server {{ listen 127.0.0.1:{self.port}; root {self.directory}; }} }}""")
        self.serve(["/usr/sbin/nginx", "-c", config], flags)

    def serve_memcached(self):
        self.serve(["/usr/bin/memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0"])


class Applications(ApplicationTest):
    def curl(self, path, *options):
        return self.run_client("curl", "-sS", "--cacert", self.authority.certificate, *options, f"https://localhost:{self.port}/{path}")

    @needs("redis-server", "redis-cli")
    def test_redis(self):
        self.serve(["/usr/bin/redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""])
        client = ["redis-cli", "-h", "localhost", "-p", str(self.port), "--tls", "--cacert", self.authority.certificate]
        self.assertEqual(self.run_client(*client, "SET", "word", "x" * 100_000), b"OK\n")
        self.assertEqual(len(self.run_client(*client, "GET", "word")), 100_001)
        script = b"".join(b"SET key%d value%d\r\n" % (i, i) for i in range(5000))
        self.assertIn(b"errors: 0, replies: 5000", self.run_client(*client, "--pipe", input=script))
        self.assertEqual(self.run_client(*client, "DBSIZE"), b"5001\n")

    @needs("nginx", "curl", "openssl")
    def test_nginx(self):
        contents = os.urandom(3_000_000)
        with open(os.path.join(self.directory, "large"), "wb") as file:
            file.write(contents)
        self.serve_files(TLS12)
        self.assertEqual(self.curl("large"), contents)
        self.assertEqual(self.curl("large", "--tls-max", "1.2"), contents)
        self.assertEqual(self.curl("large", "-r", "100-199"), contents[100:200])
        url = f"https://localhost:{self.port}/large"
        many = self.run_client("curl", "-sS", "--cacert", self.authority.certificate, *[url] * 5)  # on one connection
        self.assertEqual(many, contents * 5)
        asked = self.run_client("openssl", "s_client", "-connect", f"localhost:{self.port}", "-CAfile", self.authority.certificate, "-quiet",
                                "-verify_return_error", input=b"HEAD /large HTTP/1.0\r\n\r\n")  # fmt: skip
        self.assertIn(b"Content-Length: 3000000", asked)

    @needs("nginx", "wrk")
    def test_nginx_under_load(self):
        with open(os.path.join(self.directory, "page"), "wb") as file:
            file.write(os.urandom(20_000))
        self.serve_files()
        report = self.run_client("wrk", "-t", "2", "-c", "20", "-d", "1s", f"https://localhost:{self.port}/page").decode()
        self.assertGreater(int(re.search(r"(\d+) requests in", report)[1]), 20, report)
        self.assertNotRegex(report, "Socket errors|Non-2xx")

    @needs("memcached")
    def test_memcached(self):
        self.serve_memcached()
        asked = self.run_client("openssl", "s_client", "-connect", f"localhost:{self.port}", "-CAfile", self.authority.certificate, "-quiet",
                                "-verify_return_error", input=b"set a 0 0 5\r\nhello\r\nget a\r\nquit\r\n")  # fmt: skip
        self.assertEqual(asked, b"STORED\r\nVALUE a 0 5\r\nhello\r\nEND\r\n")

    @needs("curl")
    def test_python_http_server(self):
        with open(os.path.join(self.directory, "index.html"), "w", encoding="ascii") as file:
            file.write("hello from inside\n")
        self.serve(["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", str(self.port)])
        self.assertEqual(self.curl(""), b"hello from inside\n")

    @needs("node", "curl")
    def test_node(self):
        code = f"""require("http").createServer((request, response) => {{
            let size = 0; request.on("data", data => size += data.length);
            request.on("end", () => response.end("got " + size)); }}).listen({self.port}, "127.0.0.1")"""
        self.serve(["/usr/bin/node", "-e", code])
        self.assertEqual(self.curl("", "--data-binary", "@" + shutil.which("curl")), b"got %d" % os.path.getsize(shutil.which("curl")))

    @needs("apache2", "curl")
    def test_apache(self):
        config = os.path.join(self.directory, "apache.conf")
        with open(os.path.join(self.directory, "page"), "w", encoding="ascii") as file:
            file.write("x" * 50_000)
        with open(config, "w", encoding="ascii") as file:
            file.write(f"""ServerName localhost
                ServerRoot {self.directory}
                PidFile {self.directory}/pid
                Listen 127.0.0.1:{self.port}
                Mutex posixsem
                LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
                LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
                ErrorLog /dev/stderr
                DocumentRoot {self.directory}
            """)
        self.serve(["/usr/sbin/apache2", "-X", "-f", config])
        self.assertEqual(self.curl("page"), b"x" * 50_000)


if __name__ == "__main__":
    unittest.main()
