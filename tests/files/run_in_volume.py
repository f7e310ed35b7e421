#!/usr/bin/env python3
"""Runs a program that has an empty volume at /volume, where `farl run` would run it with the host's files alone.

    run_in_volume.py [--] PROGRAM [ARGUMENT...]

For tests/syscall/run.py --farl, and by hand."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

from tests.files.volume import Volume  # noqa: E402


def main(arguments):
    arguments = [word for word in arguments if word not in ("run", "--quiet", "--")]
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    with tempfile.TemporaryDirectory(prefix="farl-volume-") as directory:
        with Volume(directory).start(arguments, environment) as process:
            status = process.wait()
    if status < 0:
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
