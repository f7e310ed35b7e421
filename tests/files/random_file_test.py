"""A million random operations on one file, or fewer: each has to leave what it would leave on Linux.

random_file_test.py FARL PROGRAM PLACE STEPS, where PLACE is tmp (a file of the host's), shm (in enclave memory) or volume, with what runs
programs so.
"""

import os
import subprocess
import sys
import tempfile


def main(farl, program, place, steps):
    seed = str(int.from_bytes(os.urandom(4), "little"))
    with tempfile.TemporaryDirectory(prefix="farl-files-") as directory:
        inside = {"tmp": directory, "shm": "/dev/shm", "volume": "/volume"}[place]
        print(f"seed {seed}, {steps} steps in {inside}", flush=True)
        command = [farl, "run", "--quiet", "--", program, inside, seed, steps]
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=550 + int(steps) / 100).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
