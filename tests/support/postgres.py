"""A native PostgreSQL server of a test."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile

from tests.support.runner import NATIVE
from tests.support.server import Server, free_port

# Debian keeps the programs of each version apart.
PROGRAMS = max(glob.glob("/usr/lib/postgresql/*/bin"), default="")
USER = "tester"
# The server refuses to be the superuser's.
SERVER_USER = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def program(name):
    return os.path.join(PROGRAMS, name)


@contextlib.contextmanager
def postgres():
    """The server, with the directory of its socket as `place`."""
    place = tempfile.mkdtemp(prefix="farl-postgres-")
    try:
        if SERVER_USER:
            shutil.chown(place, SERVER_USER["user"])
        data = os.path.join(place, "data")
        initdb = NATIVE.start(
            *(program("initdb"), "-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--locale", "C"),
            cwd=place,
            stdout=subprocess.DEVNULL,
            **SERVER_USER,
        )
        if initdb.wait(120) != 0:
            raise RuntimeError("initdb failed")
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": place, "fsync": "off"}
        command = [program("postgres"), "-D", data, "-p", port := free_port()]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with Server(NATIVE, command, port, cwd=place, **SERVER_USER) as server:
            server.place = place
            yield server
    finally:
        shutil.rmtree(place)
