#!/usr/bin/env python3
"""Runs a program whose Internet streams are shielded at both ends, where `farl run` would pass them through.

    run_shielded.py [--] PROGRAM [ARGUMENT...]

For tests/syscall/run.py --farl."""

import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

from tests.net.shield import CONNECT, LISTEN, PLAIN_UDP, PLAIN_UNIX, TLS, Authority, Shield, rule  # noqa: E402

KEPT = ("PATH", "HOME", "LANG", "FARL_BEHAVIOURS", "FARL_BEHAVIOURS_IN")


def main(arguments):
    arguments = [word for word in arguments if word not in ("run", "--")]
    with tempfile.TemporaryDirectory(prefix="farl-shielded-") as directory:
        authority = Authority(directory)
        rules = [rule(LISTEN, TLS, **authority.texts("server")),
                 rule(CONNECT, TLS, names="localhost", authority=authority.text)]  # fmt: skip
        environment = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
        process = Shield(directory).start(arguments, rules, PLAIN_UDP | PLAIN_UNIX, environment, os.getcwd())
        status = process.wait()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)  # Python ignores SIGPIPE
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
