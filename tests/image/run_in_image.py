#!/usr/bin/env python3
"""Runs a program out of a protected image that is made for this run, where `farl run` would run it from the host's files.

    run_in_image.py [--] PROGRAM [ARGUMENT...]

For tests/syscall/run.py --farl. The image has the program with its libraries, and a directory /work that anybody may use."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls  # noqa: E402
from tests.image.start import BIN, Image, program_options  # noqa: E402


def main(arguments):
    arguments = [word for word in arguments if word not in ("run", "--")]
    with tempfile.TemporaryDirectory(prefix="farl-image-") as directory:
        for name, mode in (("work", 0o1777), ("tmp", 0o1777), ("etc", 0o755)):
            os.makedirs(os.path.join(directory, "tree", name))
            os.chmod(os.path.join(directory, "tree", name), mode)
        os.chmod(os.path.join(directory, "tree"), 0o755)
        image = Image(directory, "--tree", os.path.join(directory, "tree"), *program_options(arguments[0]))
        environment = [f"{name}={os.environ[name]}" for name in ("PATH", "HOME", "LANG", "FARL_BEHAVIOURS", "FARL_BEHAVIOURS_IN")
                       if name in os.environ]  # fmt: skip
        config = startup_config(arguments, environment, "/", image=image.access)
        key, certificate, _ = make_key(directory)
        with Peer(tls(key, certificate, answer(message(config)))) as peer:
            status = subprocess.run([f"{BIN}/attested-launch", peer.address, "shop/front"], stdin=subprocess.DEVNULL,
                                    env={**os.environ, "FARL_TEST_ROOT": image.root}).returncode  # fmt: skip
    if status < 0:
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
