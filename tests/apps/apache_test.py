"""apache2 in one process with its event and worker MPM, driven by curl, ab and plain sockets, in every way of host calls."""

import contextlib
import os
import re
import tempfile

from tests.support.certificate import make_certificate
from tests.support.crowd import ask, connect, crowd, receive_all, wait_until
from tests.support.fetch import fetch
from tests.support.http import logged, misbehave, read, serve_beside_a_slow_client
from tests.support.runner import NATIVE
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main
from tests.support.ways import agreeing

APACHE = "/usr/sbin/apache2"
MODULES = "/usr/lib/apache2/modules"
LOADED = (
    *("authz_core", "authz_user", "authn_core", "authn_file", "auth_basic", "mime", "dir", "alias", "autoindex"),
    *("status", "rewrite", "deflate", "filter", "env", "headers", "dav", "dav_fs", "ssl", "http2", "lua", "reqtimeout"),
)
CONFIGURATION = """\
ServerRoot {directory}
ServerName localhost
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{tls_port}
PidFile {directory}/apache.pid
DefaultRuntimeDir {directory}
ErrorLog {directory}/error.log
LogFormat "%m %U %>s %B" brief
CustomLog {directory}/access.log brief
TypesConfig /dev/null
DocumentRoot {directory}/www
{user}
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
StartServers 1
ThreadLimit 64
ThreadsPerChild 64
MaxRequestWorkers 64
<IfModule mpm_event_module>
    AsyncRequestWorkerFactor 60
</IfModule>
DavLockDB {directory}/locks
ExtendedStatus On
AddType text/plain txt
AddType text/html html
FileETag None
<Directory {directory}/www>
    AllowOverride All
    Options +Indexes
</Directory>
<Directory {directory}/www/upload>
    Dav On
</Directory>
<Location /server-status>
    SetHandler server-status
</Location>
<Location /deflated>
    SetOutputFilter DEFLATE
</Location>
Alias /deflated {directory}/www
Alias /mapped {directory}/www
<Location /mapped>
    EnableMMAP on
    EnableSendfile off
</Location>
Alias /sendfile {directory}/www
<Location /sendfile>
    EnableSendfile on
</Location>
LuaMapHandler ^/reversed$ {directory}/reversed.lua
<VirtualHost 127.0.0.1:{tls_port}>
    Protocols h2 http/1.1
    SSLEngine on
    SSLCertificateFile {certificate}
    SSLCertificateKeyFile {key}
</VirtualHost>
"""
ACCESS = """\
AuthType Basic
AuthName secrets
AuthUserFile {directory}/passwords
Require user somebody
Header set X-From htaccess
"""
REVERSED = """\
function handle(r)
    r.content_type = "application/octet-stream"
    r:write(string.reverse(r:requestbody()))
    return apache2.OK
end
"""
PASSWORD = "somebody:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"  # "password"

LARGE = bytes(range(256)) * 40_000


class ApacheTest(AppTest):
    @classmethod
    def setUpClass(cls):
        directory = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="farl-apps-"))
        cls.certificate, cls.key = make_certificate(directory)

    @contextlib.contextmanager
    def apache(self, runner, mpm="event"):
        directory = self.directory()
        os.chmod(directory, 0o755)
        for made in ("www/upload", "www/secret"):
            os.makedirs(f"{directory}/{made}")
            os.chmod(f"{directory}/{made}", 0o777)
        os.chmod(directory, 0o777)
        files = {
            "www/page.html": b"<p>hello\n",
            "www/large.txt": LARGE,
            "www/secret/.htaccess": ACCESS.format(directory=directory).encode(),
            "www/secret/page.html": b"secret\n",
            "www/.htaccess": b"RewriteEngine On\nRewriteRule ^old/(.*)$ /$1 [R=302,L]\n",
            "passwords": PASSWORD.encode(),
            "reversed.lua": REVERSED.encode(),
        }
        values = {"directory": directory, "port": free_port(), "tls_port": free_port(), "certificate": self.certificate, "key": self.key}
        user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        loaded = "".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so\n" for n in (f"mpm_{mpm}", *LOADED))
        files["apache.conf"] = (loaded + CONFIGURATION.format(user=user, **values)).encode()
        for name, contents in files.items():
            with open(f"{directory}/{name}", "wb") as file:
                file.write(contents)
        command = (APACHE, "-X", "-d", directory, "-f", f"{directory}/apache.conf")
        with Server(runner, command, values["port"]) as server:
            server.directory = directory
            server.url = f"http://127.0.0.1:{server.port}"
            server.secure_url = f"https://localhost:{values['tls_port']}"
            yield server

    def test_files_are_served_as_natively(self):
        for mpm in ("event", "worker"):

            def observe(runner):
                with self.apache(runner, mpm) as server:
                    answers = {
                        path: fetch(*options, server.url + path)
                        for path, options in {
                            "/page.html": (),
                            "/missing": (),
                            "/old/page.html": (),
                            "/secret/page.html": (),
                            "/secret/page.html?user": ("--user", "somebody:password"),
                            "/large.txt": (),
                            "/mapped/large.txt": (),
                            "/sendfile/large.txt": (),
                            "/deflated/large.txt": ("--compressed",),
                            "/sendfile/large.txt?range": ("--range", "1000-4999999"),
                            "/large.txt?head": ("--head",),
                            "/large.txt?limited": ("--limit-rate", "20m"),
                        }.items()
                    }
                    return answers, logged(server, len(answers))

            with self.subTest(mpm):
                answers = agreeing(self, observe)[0]
                self.assertTrue(answers["/mapped/large.txt"].answer.endswith(LARGE))

    def test_uploads_are_stored_and_answered(self):
        upload = os.path.join(self.directory(), "upload")
        with open(upload, "wb") as file:
            file.write(LARGE)

        def observe(runner):
            with self.apache(runner) as server:
                put = fetch("--upload-file", upload, f"{server.url}/upload/a")
                got = fetch(f"{server.url}/upload/a").answer.endswith(LARGE)
                deleted = fetch("--request", "DELETE", f"{server.url}/upload/a").status
                posted = fetch("--data-binary", f"@{upload}", f"{server.url}/reversed").answer.endswith(LARGE[::-1])
                return put, got, deleted, posted, logged(server, 4)

        self.assertTrue(all(agreeing(self, observe)[n] for n in (1, 3)))

    def test_it_speaks_tls_and_http2(self):
        def observe(runner):
            with self.apache(runner) as server:
                trusting = ("--cacert", self.certificate)
                urls = [f"{server.secure_url}/{name}" for name in ("page.html", "large.txt")]
                return [fetch(*trusting, version, *urls) for version in ("--http1.1", "--http2")]

        answers = agreeing(self, observe)
        self.assertEqual([status for status, _, _ in answers], [0, 0])

    def test_a_thousand_connections_are_kept_alive(self):
        # One after the other, and when its threads are there: apache closes idle connections when all that it has are busy.
        def observe(runner):
            with self.apache(runner) as server:
                wait_until(lambda: workers(server, "Idle") == 63)
                with crowd(server.port, 1000, get) as clients:
                    return {get(client) for client in clients}

        self.assertEqual(agreeing(self, observe), {b"HTTP/1.1 200 OK"})

    def test_clients_that_misbehave_leave_nothing_behind(self):
        def observe(runner):
            with self.apache(runner) as server:
                misbehave(server, ("large.txt", "sendfile/large.txt", "mapped/large.txt", "no"))
                served, whole = serve_beside_a_slow_client(server, "large.txt")
                return served, whole.endswith(LARGE), wait_until(lambda: workers(server, "Busy") == 1)

        self.assertEqual(agreeing(self, observe)[1:], (True, True))

    def test_ab_sees_no_error(self):
        for mpm in ("event", "worker"):

            def observe(runner):
                with self.apache(runner, mpm) as server:
                    done = NATIVE.run("ab", "-q", "-k", "-c", 32, "-n", 2000, f"{server.url}/page.html")
                    failures = re.findall(r"(?m)^(?:Complete|Failed|Non-2xx).*", done.text)
                    return done.status, failures

            with self.subTest(mpm):
                agreeing(self, observe)


def get(client):
    return ask(client, b"GET /page.html HTTP/1.1\r\nHost: a\r\n\r\n", b"hello\n").split(b"\r\n")[0]


def workers(server, state):
    """How many of its threads are "Busy" or "Idle"; the one that says so is busy."""
    with connect(server.port) as client:
        client.sendall(b"GET /server-status?auto HTTP/1.0\r\n\r\n")
        return int(re.search(rf"{state}Workers: (\d+)".encode(), receive_all(client))[1])


if __name__ == "__main__":
    main(APACHE, "ab", "curl", "openssl")
