"""A shielded console with a real CAS: its key is made there, given to the enclave and to the session's owner, and to nobody else."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.support.runner import die_with_parent

BIN = os.environ["FARL_BIN"]
SERVES = re.compile(r"farl-cas: serves owners at (\S+), with key ([0-9a-f]{64})\nfarl-cas: serves enclaves at (\S+)\n")
SESSION = """
farl: 1
name: shop
services:
  front:
    argv: [ python3, -c, "import sys; print('hello', sys.stdin.read())" ]
    environment: {{ PATH: /usr/bin, LC_ALL: C }}
    console: {console}
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }}
"""


class ShieldedConsole(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-console-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.environment = {**os.environ, "XDG_DATA_HOME": self.directory}
        self.key = {name: self.farl("policy", "key", "--new", f"{name}.pem").stdout.decode().strip() for name in ("alice", "bob")}
        self.start_cas()

    def farl(self, *arguments, **options):
        return subprocess.run([f"{BIN}/farl", *arguments], cwd=self.directory, env=self.environment, capture_output=True, timeout=120, **options)

    def start_cas(self):
        command = [f"{BIN}/farl", "cas", "serve", "--state", "state", "--listen", "127.0.0.1:0", "--enclaves", "127.0.0.1:0",
                   "--owner", self.key["alice"], "--owner", self.key["bob"]]  # fmt: skip
        self.cas = subprocess.Popen(command, cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=die_with_parent)
        self.addCleanup(self.stop_cas)
        endpoint, cas_key, self.enclaves = SERVES.fullmatch(self.cas.stdout.readline() + self.cas.stdout.readline()).groups()
        self.environment.update(FARL_CAS=endpoint, FARL_CAS_KEY=cas_key, FARL_KEY="alice.pem")

    def stop_cas(self):
        self.cas.kill()
        self.cas.wait()
        self.cas.stdout.close()

    def create_session(self, console):
        with open(f"{BIN}/farl-enclave.sigstruct", "rb") as file:
            mrenclave = file.read()[960:992].hex()
        with open(os.path.join(self.directory, "shop.yaml"), "w", encoding="utf-8") as file:
            file.write(SESSION.format(console=console, mrenclave=mrenclave))
        created = self.farl("policy", "create", "shop.yaml")
        self.assertEqual(created.returncode, 0, created.stderr)

    def run_command(self):
        return ["run", "--quiet", "--cas", self.enclaves, "--cas-key", self.environment["FARL_CAS_KEY"], "--session", "shop/front"]

    def test_is_read_and_typed_to_by_the_owner_only(self):
        self.create_session("shielded")
        written = self.farl(*self.run_command(), stdin=subprocess.DEVNULL)
        self.assertEqual((written.returncode, written.stderr), (0, b""))
        self.assertNotIn(b"hello", written.stdout)
        log = self.farl("logs", "--session", "shop/front", input=written.stdout)
        self.assertEqual((log.returncode, log.stdout, log.stderr), (0, b"hello \n", b""))
        self.assertEqual(self.farl("policy", "console-key", "--output", "console.key", "shop/front").returncode, 0)
        log = self.farl("logs", "--console-key", "console.key", input=written.stdout)
        self.assertEqual((log.returncode, log.stdout), (0, b"hello \n"))

        typed = self.farl("attach", "--session", "shop/front", "--", f"{BIN}/farl", *self.run_command(), input=b"alice")
        self.assertEqual((typed.returncode, typed.stdout, typed.stderr), (0, b"hello alice\n", b""))

        for command in (["logs", "--key", "bob.pem", "--session", "shop/front"], ["policy", "console-key", "--key", "bob.pem", "shop/front"]):
            refused = self.farl(*command, input=written.stdout)
            self.assertEqual((refused.returncode, refused.stdout), (1, b""))
            self.assertEqual(refused.stderr, b"farl: you have no such session here\n")

    def test_is_plain_if_the_session_says_so(self):
        self.create_session("plain")
        self.assertEqual(self.farl(*self.run_command(), input=b"you").stdout, b"hello you\n")
        refused = self.farl("policy", "console-key", "shop/front")
        self.assertEqual((refused.returncode, refused.stderr), (1, b"farl: the session has no such service with a shielded console\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
