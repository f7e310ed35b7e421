"""The sides that are compared: native, and Farl with each way of host calls, without and with emulated costs.

A Side is a name for options of `farl run`. The native one has none.
"""

import dataclasses

MODES = ("sync", "async", "auto")
FREE = "off"


@dataclasses.dataclass(frozen=True)
class Side:
    """How host calls are made (`farl run --hostcalls`), and what a transition is made to cost (`--emulate-costs`)."""

    mode: str
    costs: str = FREE

    def __str__(self):
        return self.mode if self.costs == FREE else f"{self.mode} {self.costs}"

    @property
    def is_native(self):
        return self.mode == "native"

    def runner(self, native, farl):
        """What runs a program on this side, given what does so natively, and what does so in an enclave."""
        if self.is_native:
            return native
        return farl.with_options("--hostcalls", self.mode, "--emulate-costs", self.costs)


NATIVE = Side("native")
SYNC, ASYNC, AUTO = ENGINES = tuple(Side(mode) for mode in MODES)
SYNC_SGX2, ASYNC_SGX2, AUTO_SGX2 = ENGINES_SGX2 = tuple(Side(mode, "sgx2") for mode in MODES)
EVERY = (NATIVE, *ENGINES, *ENGINES_SGX2)
DEFAULT = (NATIVE, AUTO)


def selected(sides, modes, costs):
    """Those of the sides that a person asked for; the native one has no costs."""
    return [side for side in sides if side.mode in modes and (side.is_native or side.costs in costs)]
