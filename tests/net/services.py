"""Services of sessions at a real CAS, started in enclaves."""

import os
import shutil
import subprocess
import tempfile
import unittest

from tests.support.cas import Cas
from tests.support.runner import die_with_parent

BIN = os.environ["FARL_BIN"]


class ServiceTest(unittest.TestCase):
    CAS_OPTIONS = ()

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-services-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.cas = Cas(BIN, self.directory, *self.CAS_OPTIONS)
        self.addCleanup(lambda: self.cas.stop())

    def command(self, service):
        """`service` is SESSION/SERVICE."""
        return [f"{BIN}/farl", "run", "--quiet", "--cas", self.cas.enclaves, "--cas-key", self.cas.key, "--session", service]

    def run_service(self, service):
        return subprocess.run(self.command(service), capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)

    def start_service(self, service, ready, *options, stderr=subprocess.STDOUT):
        """What it has said by itself, up to the line that has `ready` in it. The options are for `farl run`."""
        server = subprocess.Popen(self.command(service) + list(options), stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=self.directory,
                                  preexec_fn=die_with_parent)  # fmt: skip
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        lines = []
        for line in server.stdout:
            lines.append(line)
            if ready in line:
                return server, lines
        self.fail(f"{service} does not start: {lines}")
