"""A person's end of a pseudo-terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from tests.support.runner import without_notices

LIMIT_SECONDS = 30


class Terminal:
    """The far end of a pseudo-terminal on which a program leads session and foreground group; lines end in a newline."""

    def __init__(self, command, environment=None):
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment or os.environ)
        self._ended = False
        self._seen = b""

    def resize(self, columns, rows):
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self._terminal, keys)

    def read_until(self, text, seconds=LIMIT_SECONDS):
        """What the program has written up to and with `text`."""
        deadline = time.monotonic() + seconds
        while text not in self._seen:
            if not select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"{text!r} was not written, but {self._seen!r}")
            try:
                self._seen = (self._seen + os.read(self._terminal, 4096)).replace(b"\r\n", b"\n")
            except OSError:  # EIO: the last process has closed the terminal
                raise EOFError(f"{text!r} was not written, but {self._seen!r}") from None
        end = self._seen.index(text) + len(text)
        read, self._seen = self._seen[:end], self._seen[end:]
        return without_notices(read)

    def settings(self):
        return termios.tcgetattr(self._terminal)

    def wait_until_raw(self):
        """Until something else than this terminal sees to its keys."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while self.settings()[3] & termios.ICANON:
            if time.monotonic() > deadline:
                raise TimeoutError("the terminal was not put into raw mode")
            time.sleep(0.01)

    def wait_for_foreground(self, is_own):
        """Until the program's own group, or a job of it, is the terminal's foreground group."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while (os.tcgetpgrp(self._terminal) == self.pid) != is_own:
            if time.monotonic() > deadline:
                raise TimeoutError("the foreground group did not change")
            time.sleep(0.01)

    def wait(self, options=0):
        """The status as os.waitpid gives it; the program has to get there within the limit."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, options | os.WNOHANG)
            if pid == self.pid:
                self._ended = not os.WIFSTOPPED(status)
                return status
            time.sleep(0.01)
        raise TimeoutError("the program neither ended nor stopped")

    def close(self):
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)
