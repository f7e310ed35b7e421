"""The sides that are compared: native, and Farl with each way of host calls, without and with emulated costs.

A Side is a name for options of `farl run`. The native one has none. Files lie in the directory for temporary files, or in a storage;
servers with TLS speak it themselves, or what is in front of them does.
"""

import dataclasses
import shutil

from bench.storage import STORAGES, missing
from bench.tls_servers import FRONTS

MODES = ("sync", "async", "auto")
FREE = "off"


@dataclasses.dataclass(frozen=True)
class Side:
    """How host calls are made (`farl run --hostcalls`), what a transition is made to cost (`--emulate-costs`), and what keeps the files, what speaks TLS."""

    mode: str
    costs: str = FREE
    storage: str = ""
    front: str = ""

    def __str__(self):
        if name := self.storage or self.front:
            return name
        return self.mode if self.costs == FREE else f"{self.mode} {self.costs}"

    @property
    def is_native(self):
        return self.mode == "native"

    def missing(self):
        """Why it is not to be had on this machine, if so."""
        if self.front == "stunnel" and not shutil.which("stunnel4"):
            return "stunnel4 is not installed"
        return missing(self.storage)

    def runner(self, native, farl):
        """What runs a program on this side, given what does so natively, and what does so in an enclave."""
        own = native if self.is_native else farl.with_options("--hostcalls", self.mode, "--emulate-costs", self.costs)
        if self.front:
            return FRONTS[self.front](own)
        return STORAGES[self.storage](own) if self.storage else own


NATIVE = Side("native")
SYNC, ASYNC, AUTO = ENGINES = tuple(Side(mode) for mode in MODES)
SYNC_SGX2, ASYNC_SGX2, AUTO_SGX2 = ENGINES_SGX2 = tuple(Side(mode, "sgx2") for mode in MODES)
EVERY = (NATIVE, *ENGINES, *ENGINES_SGX2)
EPHEMERAL, ENCRYPTED, VOLUME, VOLUME_LAZY = (
    Side("auto", storage=storage) for storage in ("ephemeral", "encrypted ephemeral", "volume", "volume lazy")
)
GOCRYPTFS, SQLCIPHER = (Side("native", storage=storage) for storage in ("gocryptfs", "sqlcipher"))
STORED = (EPHEMERAL, ENCRYPTED, VOLUME, VOLUME_LAZY, GOCRYPTFS, SQLCIPHER)
STUNNEL, BORINGSSL = FRONTED = tuple(Side("native", front=front) for front in ("stunnel", "boringssl"))
DEFAULT = (NATIVE, AUTO)


def selected(sides, modes, costs):
    """Those of the sides that a person asked for; the native one has no costs."""
    return [side for side in sides if side.mode in modes and (side.is_native or side.costs in costs)]
