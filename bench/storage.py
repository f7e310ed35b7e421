"""Where the files of a case lie, and how they are protected there. Each run has a place of its own, which is removed after it.

A side with a storage has one of these as its runner; files_of() gives the place, also for a side that has none: a directory for temporary files.
"""

import contextlib
import dataclasses
import os
import shutil
import subprocess
import tempfile
import time

from bench.processes import succeeded
from tests.support.runner import NATIVE, Runner, die_with_parent, stop

MOUNT_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Place:
    """An empty directory, as the programs see it that the runner starts."""

    runner: Runner
    directory: str
    environment: dict = dataclasses.field(default_factory=dict)
    sqlite: str = "sqlite3"  # the shell that keeps its databases so

    def path(self, name):
        return os.path.join(self.directory, name)

    def run(self, *command, **options):
        return succeeded(self.runner.run(*command, env=self.environment, **options))


@contextlib.contextmanager
def temporary_directory(runner, **options):
    with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
        yield Place(runner, directory, **options)


class Ephemeral:
    """Files of the enclave's own; beyond `limit`, their contents lie outside, encrypted."""

    def __init__(self, farl, limit=None):
        self._runner = farl.with_options("--ephemeral", limit) if limit else farl

    @contextlib.contextmanager
    def files(self):
        yield Place(self._runner, "/dev/shm")


class Volume:
    """In a file of the directory for temporary files, with keys and what is known of the volume beside it: none of the person's own is touched."""

    def __init__(self, farl, rollback):
        self._farl, self._rollback = farl, rollback

    @contextlib.contextmanager
    def files(self):
        with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
            volume = f"{os.path.join(directory, 'bench.volume')}:/volume:{self._rollback}"
            yield Place(self._farl.with_options("--volume", volume), "/volume", {"XDG_DATA_HOME": directory})


class Gocryptfs:
    """Mounted with a directory for temporary files behind it."""

    @contextlib.contextmanager
    def files(self):
        with tempfile.TemporaryDirectory(prefix="farl-bench-") as directory:
            hidden, shown, password = (os.path.join(directory, name) for name in ("hidden", "shown", "password"))
            os.mkdir(hidden)
            os.mkdir(shown)
            with open(password, "w", encoding="ascii") as file:
                file.write("bench\n")
            command = ["gocryptfs", "-quiet", "-passfile", password]
            subprocess.run([*command, "-init", "-scryptn", "10", hidden], check=True, capture_output=True)
            mounted = subprocess.Popen([*command, "-fg", hidden, shown], preexec_fn=die_with_parent)
            try:
                wait_for_mount(mounted, shown)
                yield Place(NATIVE, shown)
            finally:
                stop(mounted)


def wait_for_mount(process, directory):
    end = time.monotonic() + MOUNT_SECONDS
    while not os.path.ismount(directory):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"gocryptfs did not mount: status {process.returncode}")
        time.sleep(0.01)


class Sqlcipher:
    """A directory for temporary files, for the one program that encrypts what it keeps there."""

    def files(self):
        return temporary_directory(NATIVE, sqlite="sqlcipher")


# name: what makes one of a runner of enclaves
STORAGES = {
    "ephemeral": Ephemeral,
    "encrypted ephemeral": lambda farl: Ephemeral(farl, "64K"),
    "volume": lambda farl: Volume(farl, "strict"),
    "volume lazy": lambda farl: Volume(farl, "lazy"),
    "gocryptfs": lambda _: Gocryptfs(),
    "sqlcipher": lambda _: Sqlcipher(),
}


def missing(name):
    """Why a storage is not to be had on this machine, if so."""
    if name in ("gocryptfs", "sqlcipher") and not shutil.which(name):
        return f"{name} is not installed"
    if name == "gocryptfs" and not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not there, or not for this user"
    return None


def files_of(runner):
    return temporary_directory(runner) if isinstance(runner, Runner) else runner.files()
