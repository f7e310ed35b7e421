"""Commands about images in a directory of their own."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))


class ImageCommands(unittest.TestCase):
    programs = PROGRAMS

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-image-")
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, contents):
        with open(self.path(name), "wb") as file:
            file.write(contents.encode() if isinstance(contents, str) else contents)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def farl(self, *arguments, status=0, **more):
        environment = os.environ | {"XDG_CACHE_HOME": self.path("cache"), "HOME": self.directory}
        result = subprocess.run([os.path.join(PROGRAMS, "farl"), *arguments], capture_output=True, text=True, timeout=240, cwd=self.directory,
                                env=environment, **more)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def refusal(self, *arguments, status=126):
        lines = self.farl(*arguments, status=status).stderr.splitlines()
        self.assertEqual(len(lines), 1, lines)
        return lines[0]
