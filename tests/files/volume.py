"""Programs with a volume at /volume, whose key is known here: the CAS is a peer that says what a test says. Nothing protects it from older
copies, so a killed enclave leaves no lease behind."""

import os
import subprocess

from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls
from tests.support.runner import die_with_parent

BIN = os.environ.get("FARL_BIN", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))
PLACE = "/volume"
KEY, ID = bytes(range(32)), bytes(range(16))


class Volume:
    """In a directory, which is empty at first and outlives it."""

    def __init__(self, directory, launcher=f"{BIN}/attested-launch"):
        self._launcher = launcher
        self._directory = os.path.join(directory, "volumes")
        os.makedirs(self._directory)
        self.key, self.certificate, _ = make_key(directory)

    def start(self, arguments, environment=("PATH=/usr/bin:/bin", "LC_ALL=C"), **options):
        """A process; `with` its peer."""
        config = startup_config(arguments, environment, "/", volume=("data", PLACE, KEY, ID))
        return Started(self, message(config), options)

    def popen(self, address, options):
        return subprocess.Popen([self._launcher, address, "shop/front"], stdin=subprocess.DEVNULL, preexec_fn=die_with_parent,
                                env={**os.environ, "FARL_TEST_VOLUMES": self._directory}, **options)  # fmt: skip


class Started:
    def __init__(self, volume, said, options):
        self._peer = Peer(tls(volume.key, volume.certificate, answer(said)))
        self._volume, self._options = volume, options

    def __enter__(self):
        self._peer.__enter__()
        self._process = self._volume.popen(self._peer.address, self._options)
        return self._process

    def __exit__(self, *error):
        self._process.kill()
        self._process.communicate()
        self._peer.__exit__(*error)
