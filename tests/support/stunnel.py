"""stunnel, natively, in front of a server without TLS."""

import os

from tests.support.server import Server

CONFIGURATION = """\
foreground = yes
pid =
syslog = no
debug = 0
[front]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{plain}
cert = {certificate}
key = {key}
"""


def stunnel(runner, directory, port, plain, certificate, key):
    """Listens at `port`, and connects to `plain` without TLS. Its configuration is in the directory."""
    path = os.path.join(directory, "stunnel.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(CONFIGURATION.format(port=port, plain=plain, certificate=certificate, key=key))
    return Server(runner, ("stunnel4", path), port)
