"""Fetches with curl, natively, and keeps what two servers of one configuration have in common."""

import hashlib
import re
from typing import NamedTuple

from tests.support.runner import NATIVE

_VARIABLE = re.compile(rb"(?im)^(date|last-modified|etag|location): [^\n]*\n")
_PORT = re.compile(rb"(127\.0\.0\.1|localhost):\d+")


class Contents(bytes):
    """Bytes that a failed comparison prints shortly."""

    def __repr__(self):
        shown = bytes.__repr__(self[:400])
        return shown if len(self) <= 400 else f"{shown}... {len(self)} bytes with SHA-256 {hashlib.sha256(self).hexdigest()}"


class Fetched(NamedTuple):
    """curl's status, and headers with body, without times and ports."""

    status: int
    answer: Contents
    errors: str


def fetch(*arguments):
    done = NATIVE.run("curl", "--silent", "--show-error", "--noproxy", "*", "--include", *arguments)
    return Fetched(done.status, Contents(_PORT.sub(rb"\1", _VARIABLE.sub(b"", done.stdout))), done.errors)
