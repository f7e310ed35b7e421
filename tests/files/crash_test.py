"""What a loss of power may leave of a volume. Real programs run on one, on a host that records what it is asked to write and to synchronise;
of what could be on its disk at any moment, every state has to open, and to have all that the programs said was done."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

from tests.files.volume import BIN, ID, KEY, PLACE, Volume
from tests.support.runner import die_with_parent
from tests.support.server import free_port

HOSTILE = os.environ["FARL_HOSTILE"]
CRASH_STATES = os.environ["FARL_CRASH_STATES"]
STATES = int(os.environ.get("FARL_STATES", "250"))  # of each workload
PYTHON = "/usr/bin/python3"

SQLITE = """if 1:
    import os, random, sqlite3, sys
    database = sqlite3.connect("/volume/database", isolation_level=None)
    database.execute("pragma journal_mode=" + sys.argv[1])
    database.execute("pragma synchronous=extra") # of the directory too, when the journal goes
    database.execute("create table rows (number integer primary key, bytes blob)")
    for number in range(40):
        database.execute("begin immediate")
        database.execute("insert into rows values (?, ?)", (number, os.urandom(random.randrange(9000))))
        database.execute("update rows set bytes = ? where number = ?", (os.urandom(500), random.randrange(number + 1)))
        database.execute("commit")
        print("done", number, flush=True)
    """
EDITOR = """if 1:
    import os
    directory = os.open("/volume", os.O_RDONLY)
    for version in range(60):
        with open("/volume/text.new", "w") as file:
            file.write(f"{version}\\n" * 3000)
            file.flush()
            os.fsync(file.fileno())
        os.rename("/volume/text.new", "/volume/text")
        os.fsync(directory)
        print("done", version, flush=True)
    """
APPENDS = """if 1:
    import os, threading
    def append(name):
        file = os.open("/volume/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in range(25):
            os.write(file, f"{name} {number} {'x' * 300}\\n".encode())
            os.fsync(file)
            os.write(1, f"done {name} {number}\\n".encode())
    threads = [threading.Thread(target=append, args=(name,)) for name in "abcd"]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    """


class Crash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-crash-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)

    def setUp(self):
        self.place = tempfile.mkdtemp(dir=self.directory)
        self.recording = os.path.join(self.place, "recording")
        for name in ("states", "bin"):
            os.mkdir(os.path.join(self.place, name))
        self.bin = os.path.join(self.place, "bin")
        shutil.copy2(os.path.join(BIN, "attested-launch"), self.bin)
        os.symlink(os.path.join(HOSTILE, "hostile-launcher"), os.path.join(self.bin, "farl-launcher"))
        for name in ("farl", "farl-enclave", "farl-enclave.sigstruct"):
            os.symlink(os.path.join(BIN, name), os.path.join(self.bin, name))
        with open(os.path.join(self.bin, "script"), "w") as file:
            file.write(f"record .volume {self.recording}")

    def record(self, arguments, meanwhile=None):
        """Runs the program to its end, or, with `meanwhile`, until that has done what it does."""
        volume = Volume(self.place, os.path.join(self.bin, "attested-launch"))
        with volume.start(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            if meanwhile:
                meanwhile(process)
                process.kill()
            return process.communicate(timeout=240)

    def check(self, is_right):
        """`is_right(files, said)`: a directory with what is left, and the bytes that somebody may have seen."""
        command = [CRASH_STATES, self.recording, KEY.hex(), ID.hex(), str(STATES), os.path.join(self.place, "states")]
        count = 0
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              preexec_fn=die_with_parent) as states:  # fmt: skip
            for line in states.stdout:
                place = line.strip()
                with open(os.path.join(place, "said"), "rb") as file:
                    said = file.read()
                is_right(os.path.join(place, "files"), said)
                states.stdin.write("ok\n")
                states.stdin.flush()
                count += 1
            errors = states.stderr.read()
        self.assertEqual(states.returncode, 0, errors)
        self.assertGreater(count, 10, errors)
        print(f"{self.id()}: {errors.strip()}", flush=True)

    def check_rows(self, said, path):
        """Of SQLITE: each row that was said to be there, and a database in order."""
        expected = said.count(b"done")
        if not os.path.exists(path):
            self.assertEqual(expected, 0)
            return
        database = sqlite3.connect(path)
        try:
            tables = database.execute("select count(*) from sqlite_master").fetchone()[0]
            numbers = [row[0] for row in database.execute("select number from rows order by number")] if tables else []
            self.assertEqual(database.execute("pragma integrity_check").fetchone()[0], "ok")
        finally:
            database.close()
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertGreaterEqual(len(numbers), expected)

    def sqlite(self, mode):
        output, errors = self.record([PYTHON, "-S", "-c", SQLITE, mode])
        self.assertEqual(output.count("done"), 40, errors)
        self.check(lambda files, said: self.check_rows(said, os.path.join(files, "database")))

    def test_a_database_with_a_rollback_journal(self):
        self.sqlite("delete")

    def test_a_database_with_a_write_ahead_log(self):
        self.sqlite("wal")

    def test_an_editor_that_replaces_its_file(self):
        output, errors = self.record([PYTHON, "-S", "-c", EDITOR])
        self.assertEqual(output.count("done"), 60, errors)

        def is_right(files, said):
            path = os.path.join(files, "text")
            if not os.path.exists(path):
                self.assertEqual(said.count(b"done"), 0)
                return
            with open(path) as file:
                lines = file.read().split()
            self.assertEqual(len(lines), 3000)
            self.assertEqual(len(set(lines)), 1)
            self.assertGreaterEqual(int(lines[0]), said.count(b"done") - 1)

        self.check(is_right)

    def test_threads_that_append(self):
        output, errors = self.record([PYTHON, "-S", "-c", APPENDS])
        self.assertEqual(output.count("done"), 100, errors)

        def is_right(files, said):
            path = os.path.join(files, "log")
            lines = []
            if os.path.exists(path):
                with open(path) as file:
                    lines = file.read().splitlines()
            self.assertTrue(all(line.endswith("x" * 300) for line in lines))
            there = {" ".join(line.split()[:2]) for line in lines}
            self.assertEqual(len(there), len(lines))
            self.assertLessEqual(set(re.findall(r"done (\w \d+)\n", said.decode(errors="replace"))), there)

        self.check(is_right)

    def test_a_redis_server_that_keeps_each_command(self):
        port = free_port()
        arguments = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", PLACE, "--save", "",
                     "--appendonly", "yes", "--appendfsync", "always"]  # fmt: skip

        def meanwhile(process):
            with connected(port, process) as connection:
                for number in range(60):
                    connection.sendall(f"SET key{number} value{number}\r\n".encode())
                    self.assertEqual(connection.recv(5), b"+OK\r\n")

        self.record(arguments, meanwhile)

        def is_right(files, said):
            commands = b"".join(read_all(files, ".aof"))
            for number in range(said.count(b"+OK")):
                self.assertIn(b"$%d\r\nkey%d\r\n" % (len(f"key{number}"), number), commands)

        self.check(is_right)


def connected(port, process):
    """To a server that is starting: it says when it has loaded its data."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            connection.sendall(b"PING\r\n")
            if connection.recv(100).startswith(b"+PONG"):
                return connection
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"no server: {process.poll()}")


def read_all(directory, ending):
    for path, _, names in os.walk(directory):
        for name in sorted(names):
            if name.endswith(ending):
                with open(os.path.join(path, name), "rb") as file:
                    yield file.read()


if __name__ == "__main__":
    unittest.main(verbosity=2)
