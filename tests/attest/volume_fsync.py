"""What fsync(2) costs on a volume, in microseconds, by how it is protected from older copies: a block of 4 KiB, written and synchronised again
and again. With TMPDIR=/dev/shm without the time of disks. FARL_BIN is the directory of the programs."""
from tests.attest.volume_test import Volumes

PROGRAM = ("import os, time; f = os.open('/farl-test-data/file', os.O_RDWR | os.O_CREAT); n = 500; start = time.monotonic(); "
           "[(os.pwrite(f, bytes(4096), 0), os.fsync(f)) for _ in range(n)]; print(round((time.monotonic() - start) / n * 1e6))")  # fmt: skip

if __name__ == "__main__":
    for protection in ("strict", "lazy", "none"):

        class Measured(Volumes):
            rollback = protection

        volumes = Measured()
        volumes.setUp()
        print(f"{protection:<8}", volumes.run_program(PROGRAM)[1].strip(), "us")
        volumes.doCleanups()
