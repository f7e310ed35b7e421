#!/usr/bin/env python3
"""`farl policy` as a person and a program meet it.

Usage: policy_test.py DIRECTORY-OF-PROGRAMS
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def documented_example():
    with open(os.path.join(ROOT, "docs/formats/session.md"), encoding="utf-8") as page:
        return re.search(r"^```yaml\n(.*?)^```", page.read(), re.M | re.S)[1]


class Policy(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-policy-")
        self.addCleanup(shutil.rmtree, self.directory)

    def write(self, text, name="shop.yaml"):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o600)
        return name

    def policy(self, *arguments):
        return subprocess.run([f"{PROGRAMS}/farl", "policy", *arguments], cwd=self.directory, capture_output=True, text=True, timeout=60)

    def check_json(self, text):
        result = self.policy("check", "--json", self.write(text))
        self.assertEqual(result.stderr, "")
        return result.returncode, json.loads(result.stdout)


class Check(Policy):
    def test_the_documented_example_is_a_session(self):
        result = self.policy("check", self.write(documented_example()))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("shop.yaml is a session.", result.stdout)
        self.assertIn("ca, db-password, web", result.stdout)
        self.assertIn("warning      service front may run in an emulator", result.stdout)

    def test_programs_read_the_same(self):
        status, answer = self.check_json(documented_example())
        self.assertEqual((status, answer["valid"], answer["session"]["name"]), (0, True, "shop"))
        self.assertIn(answer["hash"], self.policy("check", "shop.yaml").stdout)

    def test_a_defect_is_told_with_its_place(self):
        text = documented_example().replace("argv:", "args:")
        result = self.policy("check", self.write(text))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "farl: shop.yaml:9:5: `argv` is missing from a service\n")
        status, answer = self.check_json(text.replace("args:", "argv: [ true ]\n    args:"))
        self.assertEqual((status, answer["valid"], answer["line"], answer["column"]), (1, False, 10, 5))
        self.assertIn("is it meant to be `argv`?", answer["message"])

    def test_secrets_are_not_printed(self):
        text = documented_example().replace("{ kind: generated }", "{ kind: given, value: hunter2 }")
        for arguments in (["check", "shop.yaml"], ["check", "--json", "shop.yaml"]):
            for content in (text, text.replace("port: 443", "port: hunter2"), text.replace("kind: given", "kind: hunter2")):
                self.write(content)
                result = self.policy(*arguments)
                self.assertNotIn("hunter2", result.stdout + result.stderr)

    def test_wrong_words_get_one_line(self):
        for status, arguments in ((2, []), (2, ["mend"]), (2, ["check"]), (2, ["check", "--frob", "x"]), (127, ["check", "absent"])):
            result = self.policy(*arguments)
            self.assertEqual((result.returncode, result.stdout, len(result.stderr.splitlines())), (status, "", 1), arguments)
        self.assertIn("Usage: farl policy check", self.policy("--help").stdout)


class Approve(Policy):
    def test_a_signer_makes_a_key_and_approves_a_version(self):
        made = self.policy("key", "--new", "alice.pem")
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertEqual(self.policy("key", "alice.pem").stdout, made.stdout)
        self.assertEqual(os.stat(os.path.join(self.directory, "alice.pem")).st_mode & 0o777, 0o600)

        status, checked = self.check_json(documented_example() + f"approvals: {{ needed: 1, keys: {{ alice: {made.stdout.strip()} }} }}\n")
        self.assertEqual((status, checked["session"]["approvals"]["keys"]["alice"]), (0, made.stdout.strip()))
        approved = self.policy("approve", "--key", "alice.pem", "shop.yaml")
        approval = json.loads(approved.stdout)
        self.assertEqual((approval["session"], approval["key"]), (checked["hash"], made.stdout.strip()))
        self.assertEqual(len(approval["signature"]), 128)

    def test_keys_are_not_overwritten_and_not_open_to_others(self):
        self.policy("key", "--new", "alice.pem")
        self.write(documented_example())
        for status, part, arguments in ((2, "exists already", ["key", "--new", "alice.pem"]), (127, "absent", ["key", "absent"]),
                                        (126, "not an Ed25519 key", ["key", self.write("text", "text")]),
                                        (2, "--key is required", ["approve", "shop.yaml"])):
            result = self.policy(*arguments)
            self.assertEqual((result.returncode, result.stdout), (status, ""), arguments)
            self.assertIn(part, result.stderr)
        os.chmod(os.path.join(self.directory, "alice.pem"), 0o644)
        self.assertIn("chmod 600", self.policy("approve", "--key", "alice.pem", "shop.yaml").stderr)


if __name__ == "__main__":
    unittest.main()
