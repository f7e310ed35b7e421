#!/usr/bin/env python3
"""The walk-throughs of README.md, typed as they stand there, with free ports: each command whose comment says `# says "..."` says so.

Usage: walkthrough_test.py DIRECTORY-OF-PROGRAMS
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, ROOT)
from tests.support.runner import die_with_parent  # noqa: E402

SAYS = re.compile(r'# says "(.+)"$')


def walk_throughs():
    """{heading: script} of each."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return dict(re.findall(r"^## (Walk-through[^\n]*).*?^```sh\n(.*?)^```", file.read(), re.M | re.S))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class WalkThrough(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-walk-")
        self.addCleanup(shutil.rmtree, self.directory)

    def say(self, script):
        """Output and errors of a shell that does what `script` says, with job control as for a person."""
        with open(os.path.join(self.directory, "script"), "w", encoding="utf-8") as file:
            file.write(script)
        environment = os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": self.directory}
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
            environment.pop(name, None)
        shell = subprocess.Popen(["bash", "-m", "script"], cwd=self.directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, start_new_session=True, preexec_fn=die_with_parent)
        try:
            return shell.communicate(timeout=240)[0]
        finally:
            shell.kill()
            shell.wait()

    def test_each_command_says_what_it_is_said_to(self):
        self.assertEqual(len(walk_throughs()), 2)
        for heading, script in walk_throughs().items():
            with self.subTest(heading):
                self.walk_through(script)

    def walk_through(self, script):
        ports = sorted(set(re.findall(r"\b77\d\d\b", script)))
        for port, free in zip(ports, free_ports(len(ports))):
            script = script.replace(port, str(free))
        lines, expected = [], []
        for line in script.splitlines():
            lines.append(line)
            if found := SAYS.search(line):
                lines.append(f"echo @@{len(expected)}")
                expected.append(found[1])
        self.assertGreater(len(expected), 5)
        output = self.say("trap 'kill $(jobs -p)' EXIT\n" + "\n".join(lines) + "\n")
        for number, text in enumerate(expected):
            said, mark, output = output.partition(f"@@{number}\n")
            self.assertTrue(mark, said)
            self.assertIn(text, said)


if __name__ == "__main__":
    unittest.main()
