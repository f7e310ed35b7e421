"""Where the processor time of a program in an enclave goes, by function: of the runtime, the kernel, and the rest.

Usage: scripts/profile [OPTIONS of farl run --] PROGRAM [ARGUMENT...]

perf(1) knows nothing of the enclave's memory, whose addresses are those that its file has; its names are looked up here.
"""

import bisect
import collections
import os
import re
import subprocess
import sys
import tempfile

from bench.processes import BUILD

ENCLAVE = os.path.join(BUILD, "bin/farl-enclave")
KERNEL = 1 << 63
HERTZ = "997"
MOST = 30  # functions that are printed


class Symbols:
    """Functions of the enclave, by address."""

    def __init__(self, text):
        """`text` as nm(1) prints it, in order."""
        defined = re.findall(r"^([0-9a-f]+) (\w) (.*)$", text, re.MULTILINE)
        functions = [(int(address, 16), name) for address, kind, name in defined if kind in "tTwW"]
        self._addresses, self._names = zip(*functions)
        self._end = int(defined[-1][0], 16)

    def name(self, address):
        """None of an address that is not in the enclave's code."""
        if not self._addresses[0] <= address <= self._end:
            return None
        return self._names[bisect.bisect_right(self._addresses, address) - 1]


def counted(samples, symbols):
    """`samples` as perf script prints them: an address and a name on each line."""
    counts = collections.Counter()
    for line in samples.splitlines():
        address, _, name = line.strip().partition(" ")
        if address := int(address, 16):
            where = "kernel" if address & KERNEL else "user"
            counts[symbols.name(address) or f"[{where}] {name}"] += 1
    return counts


def print_counts(counts):
    total = sum(counts.values())
    for name, count in counts.most_common(MOST):
        print(f"{count / total:6.1%}  {name}")
    print(f"{total} samples at {HERTZ} Hz, of all threads and of the CAS")


def main():
    command = sys.argv[1:]
    if not command or command[0] in ("-h", "--help"):
        print(__doc__, end="", file=sys.stdout if command else sys.stderr)
        return 0 if command else 2
    with tempfile.TemporaryDirectory(prefix="farl-profile-") as directory:
        data = os.path.join(directory, "perf.data")
        # The clock, as virtual machines often have no counters.
        record = ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", HERTZ, "--output", data]
        status = subprocess.run([*record, os.path.join(BUILD, "bin/farl"), "run", "--quiet", *command]).returncode
        script = ["perf", "script", "--input", data, "--fields", "ip,sym"]
        samples = subprocess.run(script, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    names = subprocess.run(["nm", "--numeric-sort", "--demangle", ENCLAVE], check=True, capture_output=True, text=True).stdout
    print_counts(counted(samples, Symbols(names)))
    return status


if __name__ == "__main__":
    sys.exit(main())
