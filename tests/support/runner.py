"""Runs programs behind a runner prefix: "" is native Linux, "build/bin/farl run --" is Farl.

The prefix of the runner under test comes from the environment, FARL_TEST_RUNNER. Every run has a
time limit, and what outlives it is killed by its own process id. Under Farl a program keeps the
process id of the `farl run` that started it, so signals are sent exactly as they would be natively.
"""

import ctypes
import os
import re
import shlex
import signal
import subprocess
from dataclasses import dataclass

RUNNER_VARIABLE = "FARL_TEST_RUNNER"
TIME_LIMIT_SECONDS = 120
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

# What Farl itself tells the person on stderr; a program's own lines do not begin so.
_NOTICE = re.compile(rb"^farl(-[a-z]+)?: [^\n]*\n", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a program ended: `status` is its exit status, or minus the signal that killed it."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self):
        return self.stdout.decode(errors="replace")

    @property
    def errors(self):
        return self.stderr.decode(errors="replace")


class Runner:
    def __init__(self, prefix=()):
        self._prefix = tuple(prefix)

    @classmethod
    def from_environment(cls):
        prefix = shlex.split(os.environ.get(RUNNER_VARIABLE, ""))
        if prefix and "/" in prefix[0]:
            prefix[0] = os.path.abspath(prefix[0])
        return cls(prefix)

    @property
    def is_native(self):
        return not self._prefix

    def with_options(self, *options):
        """The same runner with more options of `farl run`; the native one has no use for them."""
        if self.is_native:
            return self
        head = self._prefix[:-1] if self._prefix[-1] == "--" else self._prefix
        return Runner((*head, *options, "--"))

    def command(self, *command):
        return [*self._prefix, *map(str, command)]

    def start(self, *command, **popen_options):
        """A running process, not waited for: the caller stops it."""
        return subprocess.Popen(self.command(*command), preexec_fn=die_with_parent, **popen_options)

    def run(self, *command, stdin=b"", timeout=TIME_LIMIT_SECONDS, env=None, cwd=None):
        """Runs to the end. `env` is added to the environment; `stdin` is bytes or an open file."""
        is_bytes = isinstance(stdin, bytes)
        done = subprocess.run(
            self.command(*command),
            input=stdin if is_bytes else None,
            stdin=None if is_bytes else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            timeout=timeout,
            preexec_fn=die_with_parent,
        )
        return Outcome(done.returncode, done.stdout, without_notices(done.stderr))


def die_with_parent():
    """Nothing is left behind when the tests themselves are killed, as ctest does after a time limit."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def without_notices(stderr):
    return _NOTICE.sub(b"", stderr)


def stop(process, signal_number=signal.SIGTERM, timeout=20):
    """Ends a process that was started, by its id, and returns its status; kills it when it will not go."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


NATIVE = Runner()
UNDER_TEST = Runner.from_environment()

# Once for each way of making host calls: what depends on threads and waiting has to be right in all of them.
UNDER_TEST_BY_HOST_CALLS = {way: UNDER_TEST.with_options("--hostcalls", way) for way in ("sync", "async", "auto")}
