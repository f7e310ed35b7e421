#!/usr/bin/env python3
"""Completion in bash, and that help texts, options and completion tell of the same things.

Usage: completion_test.py DIRECTORY-OF-PROGRAMS
"""
import os
import re
import subprocess
import sys
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))
FARL = os.path.join(PROGRAMS, "farl")


def output(*arguments):
    return subprocess.run([FARL, *arguments], capture_output=True, text=True, timeout=60, check=True).stdout


def leaves(path=()):
    """{command path: the words that may follow it} of each command that has options, not commands."""
    words = output(*path, "--list-words").split()
    if words and all(word.startswith("-") for word in words) or path in (("completion",), ("attest", "emulator")):
        return {path: words}
    found = {}
    for word in words:
        found |= leaves((*path, word))
    return found


def complete(*words):
    """What bash makes of a command line whose last word is being typed."""
    line = " ".join(f"'{word}'" for word in (FARL, *words))
    script = (f"source <('{FARL}' completion bash)\ncompopt() {{ COMPREPLY=(\"compopt $*\"); }}\n"
              f"COMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n_farl\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
    result = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return sorted(result.stdout.split("\n")[:-1])


FILES = ["compopt -o default"]


class Completion(unittest.TestCase):
    def test_commands(self):
        self.assertEqual(complete("ins"), ["inspect"])
        self.assertEqual(complete("policy", "c"), ["check", "console-key", "create"])
        self.assertEqual(complete("cas", "audit", "e"), ["export"])
        self.assertLessEqual({"run", "inspect", "attest", "policy", "cas", "completion", "--help"}, set(complete("")))

    def test_options(self):
        self.assertEqual(complete("run", "--he"), ["--heap", "--help"])
        self.assertEqual(complete("inspect", "--s"), ["--sgxs", "--sigstruct"])
        self.assertEqual(complete("cas", "audit", "verify", "--ex"), ["--extends"])

    def test_values_and_files(self):
        self.assertEqual(complete("run", "--rootfs", "/"), FILES)
        self.assertEqual(complete("inspect", "--json", "/b"), FILES)
        self.assertEqual(complete("policy", "check", ""), FILES)

    def test_programs_to_run(self):
        self.assertIn("bash", complete("run", "bas"))
        self.assertIn("bash", complete("run", "--stats", "--heap", "1G", "--", "bas"))
        self.assertEqual(complete("run", "ls", "--he"), FILES)

    def test_an_unknown_shell(self):
        result = subprocess.run([FARL, "completion", "fish"], capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("expected `bash`", result.stderr)


class Help(unittest.TestCase):
    def test_every_option_is_explained_and_every_explained_option_is_there(self):
        options = {}
        for path, words in leaves().items():
            options.setdefault(path[0], set()).update(word.rstrip("=") for word in words if word.startswith("--"))
        everywhere = set().union(*options.values()) | {"--help"}
        for command, there in options.items():
            # An example may pass options to other programs.
            text = output(command, "--help").split("\nExample")[0]
            explained = set(re.findall(r"--[a-z][a-z-]*", text))
            self.assertEqual(there - explained, set(), f"{command}: not explained")
            self.assertEqual(explained - everywhere, set(), f"{command}: explained, but no option of any command")

    def test_every_command_has_examples(self):
        for command in output("--list-words").split():
            self.assertIn("Example", output(command, "--help"), command)
        self.assertIn("Examples", output("--help"))

    def test_the_list_of_commands_is_whole(self):
        text = output("--help")
        for command in output("--list-words").split():
            self.assertRegex(text, rf"(?m)^  {command} ")


if __name__ == "__main__":
    unittest.main()
