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


if __name__ == "__main__":
    unittest.main()
