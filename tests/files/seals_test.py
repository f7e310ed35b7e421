"""A volume whose key has made nearly all the seals that it may: the enclave says so, once for each per cent, and goes on."""

import os
import shutil
import subprocess
import tempfile
import unittest

from tests.files.volume import BIN, ID, KEY, PLACE, Volume

WORDS = "blocks that it may under one key"
FIRST = (9 << 32) // 10 + 1  # 90 %


class Seals(unittest.TestCase):
    def lines_after(self, seals):
        """Of the log of a program that synchronises several times."""
        directory = tempfile.mkdtemp(prefix="farl-seals-")
        self.addCleanup(shutil.rmtree, directory)
        volume = Volume(directory)
        store = os.path.join(directory, "volumes", "data.volume")
        subprocess.run([f"{BIN}/make-volume", store, KEY.hex(), ID.hex(), "seals", str(seals)], check=True, stdout=subprocess.DEVNULL)
        program = f"import os; f = os.open('{PLACE}/file', os.O_RDWR | os.O_CREAT); [(os.pwrite(f, bytes(4096), 0), os.fsync(f)) for _ in range(20)]"
        with volume.start(["python3", "-c", program], stderr=subprocess.PIPE, text=True) as process:
            errors = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 0, errors)
        return [line for line in errors.splitlines() if WORDS in line]

    def test_says_nothing_long_before(self):
        self.assertEqual(self.lines_after(FIRST // 2), [])

    def test_says_at_the_start_that_it_is_time_for_another_key(self):
        (line,) = self.lines_after(FIRST)
        self.assertIn(f"the volume at {PLACE} has written 90 % of the {WORDS}", line)
        self.assertIn("farl volume rekey", line)

    def test_says_so_while_the_program_runs(self):
        (line,) = self.lines_after(FIRST - 30)  # 20 commits are more seals than that
        self.assertIn(" 90 % ", line)


if __name__ == "__main__":
    unittest.main()
