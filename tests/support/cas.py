"""A CAS of a test: on free ports, in a directory of its own, with one owner."""
import json
import os
import re
import subprocess
import time

from tests.support.runner import die_with_parent

SERVES = re.compile(r"farl-cas: serves owners at (\S+), with key (\w+)\nfarl-cas: serves enclaves at (\S+)\n")


class Cas:
    def __init__(self, programs, directory, *options):
        self.programs, self.directory, self.options = programs, directory, options
        self.owner = self.farl("policy", "key", "--new", "key.pem").strip()
        self.start()

    def start(self, enclaves="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [f"{self.programs}/farl", "cas", "serve", "--state", "state", "--owner", self.owner, "--listen", "127.0.0.1:0", "--enclaves",
             enclaves, "--rate", "100000", *self.options], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=die_with_parent)
        lines = self.process.stdout.readline() + self.process.stdout.readline()
        self.owners, self.key, self.enclaves = SERVES.fullmatch(lines).groups()

    def start_again(self):
        """Where it was. In between, the port may be anybody's for a moment, also that of who tries to connect to it."""
        for _ in range(50):
            try:
                return self.start(self.enclaves)
            except AttributeError:  # it has said nothing
                self.kill()
                time.sleep(0.2)
        raise OSError(f"the port of {self.enclaves} is not free again")

    def farl(self, *arguments):
        return subprocess.run([f"{self.programs}/farl", *arguments], cwd=self.directory, check=True, capture_output=True, text=True,
                              timeout=120).stdout

    def mrenclave(self):
        return json.loads(self.farl("inspect", "--json", f"{self.programs}/farl-enclave"))["enclave"]["mrenclave"]

    def policy(self, *arguments):
        """As its owner."""
        return self.farl("policy", arguments[0], "--cas", self.owners, "--cas-key", self.key, "--key", "key.pem", *arguments[1:])

    def create(self, name, text):
        with open(os.path.join(self.directory, f"{name}.yaml"), "w", encoding="utf-8") as file:
            file.write(text)
        self.policy("create", f"{name}.yaml")

    def allowed(self):
        """How many enclaves the audit log says were let in."""
        log = self.farl("cas", "audit", "export", "--state", "state")
        with open(os.path.join(self.directory, "audit.log"), "w", encoding="utf-8") as file:
            file.write(log)
        self.farl("cas", "audit", "verify", "audit.log")
        return log.count('"event":"enclave allowed"')

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()
