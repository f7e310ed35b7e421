"""A database on a volume whose enclave is killed at random moments, again and again: at each start all that was acknowledged is there, and the
database is in order. FARL_ROUNDS says how often."""

import os
import random
import shutil
import subprocess
import tempfile
import time
import unittest

from tests.files.volume import Volume

ROUNDS = int(os.environ.get("FARL_ROUNDS", "8"))
PROGRAM = """if 1:
    import os, random, sqlite3, sys
    database = sqlite3.connect("/volume/database", isolation_level=None)
    database.execute("pragma journal_mode=" + sys.argv[1])
    database.execute("pragma synchronous=extra") # of the directory too, when the journal goes
    database.execute("create table if not exists rows (number integer primary key, bytes blob)")
    order = database.execute("pragma integrity_check").fetchone()[0]
    first, count = database.execute("select coalesce(max(number) + 1, 0), count(*) from rows").fetchone()
    print("there", first, count, order, flush=True)
    for number in range(first, 1 << 60):
        database.execute("begin immediate")
        database.execute("insert into rows values (?, ?)", (number, os.urandom(random.randrange(6000))))
        database.execute("update rows set bytes = ? where number = ?", (os.urandom(500), random.randrange(number + 1)))
        database.execute("commit")
        print("done", number, flush=True)
    """


class Killed(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-kill-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.volume = Volume(self.directory)

    def one_life(self, mode):
        """What it found at its start, and the last that it said was done."""
        arguments = ["/usr/bin/python3", "-S", "-c", PROGRAM, mode]
        with self.volume.start(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            there = process.stdout.readline()
            time.sleep(random.random() * 0.1)
            process.kill()
            output, errors = process.communicate(timeout=60)
        self.assertTrue(there.startswith("there "), errors)
        done = [line for line in output.splitlines() if line.startswith("done ") and line[5:].isdigit()]
        return there.split()[1:], int(done[-1].split()[1]) + 1 if done else 0

    def test_a_killed_enclave_loses_nothing_that_was_acknowledged(self):
        acknowledged = 0
        for life in range(ROUNDS):
            (first, count, order), done = self.one_life(("delete", "wal")[life * 2 // ROUNDS])
            self.assertEqual((order, first), ("ok", count), f"life {life}")
            self.assertGreaterEqual(int(first), acknowledged, f"life {life}")
            acknowledged = max(done, int(first))
        self.assertGreater(acknowledged, ROUNDS // 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
