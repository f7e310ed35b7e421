"""Programs that start from a protected image: the image made by make-image, the CAS a peer that sends what a test says."""

import os
import shutil
import subprocess
import tempfile
import unittest

from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls

BIN = os.environ.get("FARL_BIN", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))


def libraries_of(program):
    """What a dynamic program needs, as paths of this machine."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True).stdout  # fails for a static one
    return [word.rstrip(":") for line in listing.splitlines() for word in line.split() if word.startswith("/")]


class Image:
    """Files of this machine, and of a tree, in a directory that a test may tamper with."""

    def __init__(self, directory, *options):
        self.root = os.path.join(directory, "image")
        made = subprocess.run([f"{BIN}/make-image", self.root, *options], capture_output=True, text=True, check=True)
        key, tag = made.stdout.split()
        self.access = bytes.fromhex(key) + bytes.fromhex(tag)

    def path(self, name):
        return self.root + name


def program_options(*programs):
    """For Image: these programs and their libraries."""
    paths = [path for program in programs for path in [program, *libraries_of(program)]]
    return [word for path in dict.fromkeys(paths) for word in ("--add", path)]


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-image-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.key, cls.certificate, _ = make_key(cls.directory)

    def start(self, image, *arguments, access=None, environment=(), directory="/", cache=None, **options):
        config = startup_config(list(arguments), environment, directory, image=access or image.access, **options)
        variables = {**os.environ, "FARL_TEST_ROOT": image.root, **({"FARL_TEST_CACHE": str(cache)} if cache else {})}
        with Peer(tls(self.key, self.certificate, answer(message(config)))) as peer:
            return subprocess.run([f"{BIN}/attested-launch", peer.address, "shop/front"], capture_output=True, timeout=300,
                                  text=True, stdin=subprocess.DEVNULL, env=variables)  # fmt: skip
