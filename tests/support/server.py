"""Servers started on loopback for the length of a `with` block, and the ports they listen on."""

import signal
import socket
import subprocess
import tempfile
import time

from tests.support.runner import stop

START_LIMIT_SECONDS = 60


def free_port():
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Server:
    """A process that listens on `port` from the start of the block; ended by its id at the block's end."""

    def __init__(self, runner, command, port, stdin=subprocess.DEVNULL, **popen_options):
        self._runner = runner
        self._command = command
        self._options = {"stdin": stdin, **popen_options}
        self.port = port
        self.process = None

    def __enter__(self):
        self._log = tempfile.TemporaryFile()
        self.process = self._runner.start(
            *self._command, stdout=self._log, stderr=subprocess.STDOUT, **self._options
        )
        try:
            self._wait_until_listening()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()

    @property
    def pid(self):
        return self.process.pid

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def output(self):
        """What the server has written so far."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def stop(self, signal_number=signal.SIGTERM):
        """Asks the server to end, and returns the status it ended with."""
        return stop(self.process, signal_number)

    def wait_for_output(self, text):
        self._wait_until(lambda: text in self.output(), f"it has not written {text!r} yet")

    def _wait_until_listening(self):
        self._wait_until(lambda: accepts_connections(self.port), f"nothing listens on port {self.port} yet")

    def _wait_until(self, is_so, otherwise):
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not is_so():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with status {self.process.returncode}:\n{self.output()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{otherwise}:\n{self.output()}")
            time.sleep(0.02)
