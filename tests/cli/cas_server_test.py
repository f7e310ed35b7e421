#!/usr/bin/env python3
"""`farl cas serve` with owners that create, update and show sessions: over TLS, killed at any moment, and without a secret
in anything that is written.

Usage: cas_server_test.py DIRECTORY-OF-PROGRAMS
"""
import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from tests.support.runner import die_with_parent  # noqa: E402

SECRET = "hunter2hunter2"
SERVES = re.compile(r"farl-cas: serves owners at (\S+), with key ([0-9a-f]{64})\n")


class Server(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-cas-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.alice = self.new_key("alice.pem")
        self.server = None
        self.addCleanup(self.stop, signal.SIGKILL)

    def path(self, name):
        return os.path.join(self.directory, name)

    def farl(self, *arguments):
        return subprocess.run([f"{PROGRAMS}/farl", *arguments], cwd=self.directory, capture_output=True, text=True, timeout=120,
                              env={**os.environ, **getattr(self, "address", {})})

    def new_key(self, name):
        return self.farl("policy", "key", "--new", name).stdout.strip()

    def start(self):
        command = [f"{PROGRAMS}/farl", "cas", "serve", "--state", "state", "--owner", self.alice, "--listen", "127.0.0.1:0"]
        with open(self.path("errors"), "ab") as errors:
            self.server = subprocess.Popen(command, cwd=self.directory, stdout=subprocess.PIPE, stderr=errors, text=True, preexec_fn=die_with_parent)
        line = self.server.stdout.readline()
        endpoint, key = SERVES.fullmatch(line).groups()
        self.address = {"FARL_CAS": endpoint, "FARL_CAS_KEY": key, "FARL_KEY": "alice.pem"}

    def stop(self, signal_number=signal.SIGTERM):
        if self.server is None:
            return None
        self.server.send_signal(signal_number)
        status = self.server.wait(60)
        self.server.stdout.close()
        self.server = None
        return status

    def session(self, name="shop", more=""):
        text = (f"farl: 1\nname: {name}\nsecrets:\n  password: {{ kind: given, value: {SECRET} }}\n"
                f"  token: {{ kind: generated }}\n  ca: {{ kind: authority, common_name: CA, valid_days: 9 }}\n{more}")
        with open(self.path(f"{name}.yaml"), "w", encoding="utf-8") as file:
            file.write(text)
        return f"{name}.yaml"

    def accepted(self, *arguments):
        result = self.farl(*arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    def refused(self, part, *arguments, status=1):
        result = self.farl(*arguments)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertIn(part, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def audit(self):
        exported = self.farl("cas", "audit", "export", "--state", "state")
        self.assertEqual((exported.returncode, exported.stderr), (0, ""))
        with open(self.path("audit.log"), "w", encoding="utf-8") as file:
            file.write(exported.stdout)
        return self.accepted("cas", "audit", "verify", "--json", "audit.log")


class Sessions(Server):
    def test_are_created_updated_and_shown(self):
        self.start()
        self.assertIn("Stored as version 1", self.accepted("policy", "create", self.session()))
        shown = self.accepted("policy", "show", "--json", "shop")
        self.assertEqual((shown["version"], shown["owner"]), (1, self.alice))
        self.assertIn("hash         " + shown["hash"], self.accepted("policy", "show", "shop"))
        self.refused("session shop exists", "policy", "create", self.session())
        self.refused("names no `predecessor`", "policy", "update", self.session())
        update = self.session(more=f"predecessor: {shown['hash']}\n")
        self.refused("names a `predecessor`", "policy", "create", update)
        updated = self.accepted("policy", "update", "--json", update)
        self.assertEqual(updated["version"], 2)
        self.refused("is not the `predecessor`", "policy", "update", self.session(more=f"predecessor: {shown['hash']}\n# late\n"))
        self.refused("no such session", "policy", "show", "absent")

        self.assertEqual(self.stop(), 0)
        self.assertEqual(self.audit()["entries"], 4)
        self.start()
        self.assertEqual(self.accepted("policy", "show", "--json", "shop")["hash"], updated["hash"])
        status = self.accepted("cas", "status", "--json")
        self.assertEqual((status["sessions"], status["audit_key"]), (1, self.audit()["key"]))

    def test_change_only_with_the_approvals_that_they_ask_for(self):
        self.start()
        bob = self.new_key("bob.pem")
        session = self.session(more=f"approvals: {{ needed: 2, keys: {{ alice: {self.alice}, bob: {bob} }} }}\n")
        for key in ("alice", "bob"):
            with open(self.path(f"{key}.approval"), "w", encoding="utf-8") as file:
                file.write(self.accepted("policy", "approve", "--key", f"{key}.pem", session))
        self.refused("1 of 2 needed approvals", "policy", "create", "--approval", "alice.approval", session)
        created = self.accepted("policy", "create", "--json", "--approval", "alice.approval", "--approval", "bob.approval", session)
        update = self.session(more=f"predecessor: {created['hash']}\n")
        self.refused("0 of 2 needed approvals", "policy", "update", "--approval", "alice.approval", "--approval", "bob.approval", update)


    def test_are_deleted_as_they_are_updated(self):
        self.start()
        bob = self.new_key("bob.pem")
        session = self.session(more=f"approvals: {{ needed: 2, keys: {{ alice: {self.alice}, bob: {bob} }} }}\n")
        for key in ("alice", "bob"):
            for kind, options in (("approval", ()), ("deletion", ("--deletion",))):
                with open(self.path(f"{key}.{kind}"), "w", encoding="utf-8") as file:
                    file.write(self.accepted("policy", "approve", "--key", f"{key}.pem", *options, session))
        approvals = ("--approval", "alice.approval", "--approval", "bob.approval")
        deletions = ("--approval", "alice.deletion", "--approval", "bob.deletion")
        created = self.accepted("policy", "create", "--json", *approvals, session)
        self.refused("0 of 2 needed approvals", "policy", "delete", "--hash", created["hash"], *approvals, "shop")
        self.refused("1 of 2 needed approvals", "policy", "delete", "--hash", created["hash"], *deletions[:2], "shop")
        self.refused("has another hash", "policy", "delete", "--hash", "00" * 32, *deletions, "shop")
        self.refused("`hash` is not 32 bytes", "policy", "delete", "--hash", "12", *deletions, "shop")
        deleted = self.accepted("policy", "delete", "--json", "--hash", created["hash"], *deletions, "shop")
        self.refused("no such session", "policy", "show", "shop")
        self.refused("no such session", "policy", "delete", "--hash", created["hash"], *deletions, "shop")
        self.assertEqual(self.accepted("cas", "status", "--json")["sessions"], 0)

        self.refused("session shop was removed", "policy", "create", *approvals, session)
        self.accepted("policy", "update", self.session(more=f"predecessor: {deleted['mark']}\n"))
        self.assertEqual(self.stop(), 0)
        self.audit()
        with open(self.path("audit.log"), encoding="utf-8") as file:
            (removal,) = [json.loads(line) for line in file if '"session removed"' in line]
        self.assertEqual((removal["session"], removal["version"], removal["approved_by"]), ("shop", 1, ["alice", "bob"]))


class Connections(Server):
    def test_need_an_owners_key_and_the_cas_its_own(self):
        self.start()
        self.new_key("eve.pem")
        self.refused("is your key one of its owners'", "cas", "status", "--key", "eve.pem")
        self.refused("no CAS with this key", "cas", "status", "--cas-key", self.alice)
        self.refused("expected HOST:PORT", "cas", "status", "--cas", "nowhere", status=2)
        self.refused("--cas-key: expected a key", "cas", "status", "--cas-key", "12", status=2)
        for options in (["-tls1_3"], ["-tls1_2"], ["-tls1_3", "-alpn", "farl-owner/1"], ["-tls1_3", "-alpn", "http/1.1"]):
            client = subprocess.run(["openssl", "s_client", "-connect", self.address["FARL_CAS"], *options], input=b"\0\0\0\2{}",
                                    capture_output=True, timeout=60)
            self.assertNotIn(b'"ok"', client.stdout, options)
        self.accepted("cas", "status")

    def test_of_silent_and_of_noisy_clients_do_not_keep_others_out(self):
        self.start()
        host, port = self.address["FARL_CAS"].rsplit(":", 1)
        silent = [socket.create_connection((host, int(port)), timeout=60) for _ in range(20)]
        for connection in silent[:10]:
            connection.sendall(os.urandom(1000))
        self.accepted("cas", "status")
        for connection in silent:
            connection.close()


class Crash(Server):
    def test_loses_nothing_that_was_acknowledged(self):
        dice = random.Random(25)
        acknowledged, key = {}, None
        for life in range(8):
            self.start()
            key = key or self.address["FARL_CAS_KEY"]
            self.assertEqual(self.address["FARL_CAS_KEY"], key)
            killer = threading.Timer(dice.uniform(0, 0.1), self.server.kill)
            for number in itertools.count():
                name = f"s{life}-{number}"
                result = self.farl("policy", "create", "--json", self.session(name))
                if result.returncode:
                    break
                acknowledged[name] = json.loads(result.stdout)["hash"]
                if number == life % 3:
                    killer.start()
            killer.join()
            self.stop(signal.SIGKILL)
        self.start()
        for name, expected in acknowledged.items():
            self.assertEqual(self.accepted("policy", "show", "--json", name)["hash"], expected)
        self.assertGreaterEqual(self.audit()["entries"], len(acknowledged))
        self.assertGreaterEqual(len(acknowledged), 8)


class Secrets(Server):
    def test_are_in_nothing_that_is_written(self):
        self.start()
        written = []
        for arguments in (["policy", "create", self.session()], ["policy", "create", self.session()], ["policy", "show", "shop"],
                          ["policy", "show", "--json", "shop"], ["cas", "status"], ["policy", "check", "--json", "shop.yaml"],
                          ["policy", "create", self.session("bad", f"{SECRET}: {SECRET}\n")],
                          ["policy", "create", self.session("worse", "predecessor: [\n")]):
            result = self.farl(*arguments)
            written.append(result.stdout + result.stderr)
        self.audit()
        with open(f"/proc/{self.server.pid}/limits", encoding="utf-8") as limits:
            self.assertRegex(limits.read(), r"Max core file size\s+0\s+0")
        self.stop()
        for name in ["errors", "audit.log"] + [os.path.join("state", name) for name in os.listdir(self.path("state"))]:
            with open(self.path(name), "rb") as file:
                written.append(file.read().decode("latin-1"))
        self.assertGreater(len(written), 9)
        for text in written:
            self.assertNotIn(SECRET, text)
            self.assertNotIn("PRIVATE KEY", text)


if __name__ == "__main__":
    unittest.main()
