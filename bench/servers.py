"""The servers that are loaded: how each is started, with a configuration of its own, and what it is asked for.

Each is one process, whose threads are all the processor time it takes.
"""

import contextlib
import dataclasses
import os
import tempfile

from tests.support.server import Server, free_port

PAGE_SIZE = 1024
MODULES = "/usr/lib/apache2/modules"

NGINX = """\
daemon off;
master_process off;
pid {directory}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_timeout 600;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {directory};
    }}
}}
"""

APACHE = """\
ServerRoot {directory}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {directory}/apache.pid
DefaultRuntimeDir {directory}
ErrorLog /dev/stderr
LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
LoadModule authz_core_module {modules}/mod_authz_core.so
DocumentRoot {directory}
<Directory />
    AllowOverride None
</Directory>
{user}
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
ThreadLimit 128
ThreadsPerChild {threads}
MaxRequestWorkers {threads}
StartServers 1
"""


@dataclasses.dataclass(frozen=True)
class ServerKind:
    """`command(directory, port)` writes what the server needs into the directory, and returns how it is started.

    `asks` are bench_load's arguments. A store is filled first.
    """

    name: str
    program: str
    command: object
    asks: tuple
    is_store: bool = False

    @contextlib.contextmanager
    def running(self, runner):
        with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
            os.chmod(directory, 0o755)  # servers that start as root read files as somebody else
            port = free_port()
            with Server(runner, self.command(directory, port), port) as server:
                yield server


def memcached(_, port):
    user = ("-u", "root") if os.getuid() == 0 else ()
    return ("memcached", *user, "-t", 4, "-l", "127.0.0.1", "-p", port, "-U", 0, "-m", 256, "-c", 1024)


def redis(directory, port):
    listens = ("--bind", "127.0.0.1", "--port", port, "--dir", directory)
    return ("redis-server", *listens, "--save", "", "--appendonly", "no")


def nginx(directory, port):
    write_page(directory)
    configuration = write(directory, "nginx.conf", NGINX.format(directory=directory, port=port))
    return ("/usr/sbin/nginx", "-p", directory, "-c", configuration, "-e", "stderr")


def apache(mpm, threads):
    def command(directory, port):
        write_page(directory)
        user = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        values = {"directory": directory, "port": port, "user": user, "modules": MODULES}
        configuration = write(directory, "apache.conf", APACHE.format(mpm=mpm, threads=threads, **values))
        return ("/usr/sbin/apache2", "-X", "-d", directory, "-f", configuration)

    return command


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def write_page(directory):
    write(directory, "page.html", "x" * PAGE_SIZE)


GETS_PAGE = ("http", "--path", "/page.html")

# Apache's workers serve one connection each; its event MPM has fewer threads than there are connections.
SERVERS = (
    ServerKind("memcached", "memcached", memcached, ("memcached",), is_store=True),
    ServerKind("redis", "redis-server", redis, ("redis",), is_store=True),
    ServerKind("nginx", "/usr/sbin/nginx", nginx, GETS_PAGE),
    ServerKind("apache event", "/usr/sbin/apache2", apache("event", 32), GETS_PAGE),
    ServerKind("apache worker", "/usr/sbin/apache2", apache("worker", 128), GETS_PAGE),
)
