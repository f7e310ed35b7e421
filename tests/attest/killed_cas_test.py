"""A CAS that is killed at any moment: whom it let in is in its audit log, and it goes on where it was."""
import os
import random
import shutil
import subprocess
import tempfile
import threading
import unittest

from tests.support.cas import Cas

BIN = os.environ["FARL_BIN"]
ROUNDS = 6
SESSION = """farl: 1
name: shop
secrets: { password: { kind: generated } }
services:
  front: { argv: [ none ], environment: { PASSWORD: { secret: password } }, attestation: { mrenclave: [ %s ], emulated: any } }
""" % ("11" * 32)  # bench/attest/main.cpp


class KilledCas(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-killed-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.cas = Cas(BIN, self.directory)
        self.addCleanup(self.cas.kill)
        self.cas.create("shop", SESSION)

    def attest(self):
        command = [f"{BIN}/bench_attest", self.cas.enclaves, "shop/front", "1", "1"]
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120).returncode == 0

    def test_has_recorded_whom_it_let_in(self):
        admitted = 0
        for _ in range(ROUNDS):
            killer = threading.Timer(random.uniform(0.02, 0.4), self.cas.process.kill)
            killer.start()
            while self.attest():
                admitted += 1
            killer.join()
            self.cas.kill()
            self.assertGreaterEqual(self.cas.allowed(), admitted)
            admitted = self.cas.allowed()
            self.cas.start()
        self.assertGreater(admitted, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
