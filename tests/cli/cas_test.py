#!/usr/bin/env python3
"""`farl cas audit` as a person and a program meet it. The logs are written here, by openssl(1) and what docs/formats/audit-log.md
says, so that the page is tried too.

Usage: cas_test.py DIRECTORY-OF-PROGRAMS
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))


class Cas(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-cas-")
        self.addCleanup(shutil.rmtree, self.directory)

    def openssl(self, *arguments, **options):
        return subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True, timeout=60, **options).stdout

    def key(self, name="key.pem"):
        self.openssl("genpkey", "-algorithm", "ed25519", "-out", name)
        return self.openssl("pkey", "-in", name, "-pubout", "-outform", "DER")[-32:].hex()

    def line(self, entry, key="key.pem"):
        """Signs one line. `entry` has no signature yet."""
        text = json.dumps(entry, separators=(",", ":"))[:-1]
        self.write("message", "farl audit log 1\n" + text)
        signature = self.openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", "message").hex()
        return f'{text},"signature":"{signature}"}}'

    def log(self, public, *events):
        lines, previous = [], "00" * 32
        for number, event in enumerate([{"event": "log", "key": public}, *events, {"event": "end"}]):
            lines.append(self.line({"number": number, "time": f"2027-01-15T08:00:0{number}Z", **event, "previous": previous}))
            previous = hashlib.sha256(lines[-1].encode()).hexdigest()
        return "".join(line + "\n" for line in lines)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def cas(self, *arguments):
        return subprocess.run([f"{PROGRAMS}/farl", "cas", *arguments], cwd=self.directory, capture_output=True, text=True, timeout=60)

    def expect(self, status, part, *arguments):
        result = self.cas(*arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(part, result.stderr if status else result.stdout)
        self.assertLessEqual(len(result.stderr.splitlines()), 1)


class Audit(Cas):
    def test_a_log_is_verified_and_its_key_compared(self):
        public = self.key()
        self.write("audit.log", self.log(public, {"event": "session created", "session": "shop"}))
        self.expect(0, "unchanged and complete", "audit", "verify", "audit.log")
        self.expect(0, "unchanged and complete", "audit", "verify", "--key", public, "audit.log")
        self.expect(1, "audit.log:1: signed by another key", "audit", "verify", "--key", "11" * 32, "audit.log")
        answer = json.loads(self.cas("audit", "verify", "--json", "audit.log").stdout)
        self.assertEqual(answer, {"valid": True, "entries": 1, "key": public, "from": "2027-01-15T08:00:00Z", "to": "2027-01-15T08:00:02Z"})

    def test_tampering_is_told_with_its_line(self):
        log = self.log(self.key(), {"event": "one"}, {"event": "two"})
        lines = log.splitlines(keepends=True)
        for part, content in ((":3: this line was changed", log.replace('"two"', '"owt"')),
                              (":2: lines are missing", "".join(lines[:1] + lines[2:])),
                              (":4: the end is missing", "".join(lines[:3])), (":4: the line is cut off", log[:-1]),
                              (":1: the file is empty", "")):
            self.expect(1, "audit.log" + part, "audit", "verify", self.write("audit.log", content))
        answer = json.loads(self.cas("audit", "verify", "--json", self.write("audit.log", "".join(lines[:3]))).stdout)
        self.assertEqual((answer["valid"], answer["line"]), (False, 4))

    def test_a_log_that_was_set_back_is_found_with_an_earlier_one(self):
        public = self.key()
        self.write("old.log", self.log(public, {"event": "one"}))
        self.write("new.log", self.log(public, {"event": "one"}, {"event": "two"}))
        self.expect(0, "complete", "audit", "verify", "--extends", "old.log", "new.log")
        self.expect(1, "old.log:3: differs from the earlier log, or is older", "audit", "verify", "--extends", "new.log", "old.log")
        self.write("new.log", "damaged\n")
        self.expect(1, "new.log:1: not a line", "audit", "verify", "--extends", "new.log", "old.log")

    def test_wrong_words_get_one_line(self):
        for status, arguments in ((2, []), (2, ["audit"]), (2, ["audit", "verify"]), (127, ["audit", "verify", "absent"]),
                                  (2, ["audit", "export"]), (127, ["audit", "export", "--state", "absent"]), (127, ["audit", "key", "--state", "."])):
            self.expect(status, "farl: ", *arguments)
        self.assertEqual(os.listdir(self.directory), [])
        self.expect(0, "Usage: farl cas serve", "--help")


if __name__ == "__main__":
    unittest.main()
