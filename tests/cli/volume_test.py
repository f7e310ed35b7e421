#!/usr/bin/env python3
"""farl volume: stores that enclaves' own code made, sound ones and others.

Usage: volume_test.py DIRECTORY-OF-PROGRAMS
"""
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))
SLOT = 4096
KEY, ID = "07" * 32, "09" * 16


class Volumes(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-volume-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.store = self.path("store")
        self.write_key("key", KEY)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write_key(self, name, key):
        with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(key + "\n")

    def volume(self, action, *arguments, status=0, key="key"):
        result = subprocess.run([os.path.join(PROGRAMS, "farl"), "volume", action, "--key-file", self.path(key), *arguments, self.store],
                                capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertNotIn(KEY, result.stdout + result.stderr)
        return result

    def make(self, seed, status=0):
        """What an enclave leaves after random changes; returns the state."""
        return self.enclave(KEY, "make", str(seed), status=status)

    def enclave(self, key, *command, status=0, identity=ID):
        result = subprocess.run([os.path.join(PROGRAMS, "make-volume"), self.store, key, identity, *command], capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout

    def dump(self, key=KEY):
        return self.enclave(key, "dump")

    def show(self, key="key"):
        return json.loads(self.volume("show", "--json", key=key).stdout)

    def key_of(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read().strip()

    def contents(self):
        with open(self.store, "rb") as file:
            return file.read()

    def put(self, contents):
        with open(self.store, "wb") as file:
            file.write(contents)


class Commands(Volumes):
    def test_what_is_made_is_an_empty_volume_for_an_enclave_too(self):
        self.assertIn("an empty volume", self.volume("create", key="made").stdout)
        self.assertEqual(os.stat(self.path("made")).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(self.store).st_mode & 0o777, 0o600)
        self.assertIn("0 files in 1 directories", self.volume("check", key="made").stdout)
        told = self.show("made")
        self.assertEqual((told["sequence"], told["inodes"], told["seals"]), (0, 2, 4))
        dump = self.enclave(self.key_of("made"), "dump", identity=told["id"])
        self.assertEqual([line.split()[1] for line in dump.splitlines()[1:]], ["40755", "40700"])

    def test_a_volume_is_made_for_a_key_and_an_id_that_are_there(self):
        self.volume("create", "--id", ID)
        self.assertTrue(self.dump().startswith("0 "))
        self.assertIn("is there already", self.volume("create", "--id", ID, status=2).stderr)

    def test_shows_the_state_that_an_enclave_left(self):
        sequence, tag = self.make(1).split()
        told = self.show()
        self.assertEqual((told["sequence"], told["tag"], told["id"]), (int(sequence), tag, ID))
        self.assertGreater(told["journal_commits"], 0)
        self.assertIn(f"commit {sequence}, tag {tag}", self.volume("show").stdout)

    def test_says_when_a_key_has_made_nearly_all_seals(self):
        last_silent, first_told = ((9 << 32) // 10) - 16, ((9 << 32) // 10) + 1
        for seals, is_told in ((last_silent, False), (first_told, True)):
            self.enclave(KEY, "seals", str(seals))
            told = self.show()
            self.assertEqual((told["wants_rekey"], told["most_seals"], told["seals"] >= seals), (is_told, 1 << 32, True))
            text = self.volume("show").stdout
            self.assertIn(": 90 %" if is_told else ": 89 %", text)
            self.assertEqual("farl volume rekey" in text, is_told)
            os.unlink(self.store)

    def test_finds_nothing_wrong_with_what_enclaves_leave(self):
        for seed in range(20):
            with self.subTest(seed=seed):
                self.make(seed)
                before = self.contents()
                self.assertIn("all is well", self.volume("check").stdout)
                self.assertEqual(self.contents(), before, "a check changes nothing")
                os.unlink(self.store)

    def test_compaction_keeps_everything_and_the_state_in_less_room(self):
        for seed in range(5):
            with self.subTest(seed=seed):
                self.make(seed)
                dump, size = self.dump(), os.path.getsize(self.store)
                self.volume("compact")
                self.assertLess(os.path.getsize(self.store), size)
                self.assertEqual(self.dump(), dump)
                self.assertIn("all is well", self.volume("check").stdout)
                os.unlink(self.store)

    def test_with_another_key_it_is_the_same_volume_and_the_old_one_opens_it_no_more(self):
        self.make(7)
        dump = self.dump()
        self.volume("rekey", "--new-key-file", self.path("new"))
        self.assertEqual(self.dump(self.key_of("new")), dump)
        self.assertIn("all is well", self.volume("check", key="new").stdout)
        self.assertIn("neither superblock opens", self.volume("check", status=126).stderr)
        self.enclave(KEY, "dump", status=1)

    def test_the_new_store_has_the_mode_of_the_old_one(self):
        self.make(1)
        os.chmod(self.store, 0o640)
        self.volume("compact")
        self.assertEqual(os.stat(self.store).st_mode & 0o777, 0o640)

    def test_keys_that_others_may_read_or_that_are_none_are_refused(self):
        self.make(1)
        os.chmod(self.path("key"), 0o644)
        self.assertIn("others", self.volume("check", status=126).stderr)
        self.write_key("short", "07" * 31)
        self.assertIn("64 hexadecimal digits", self.volume("check", key="short", status=126).stderr)
        self.volume("check", key="none", status=127)

    def test_what_is_no_volume_is_called_so(self):
        for contents in (b"", b"text", bytes(1 << 20)):
            self.put(contents)
            self.assertIn("is no volume", self.volume("check", status=126).stderr)
        os.unlink(self.store)
        self.assertIn("No such file", self.volume("check", status=127).stderr)
        os.mkfifo(self.store)
        self.assertIn("is no file", self.volume("check", status=126).stderr)

    def test_a_store_that_somebody_uses_is_left_alone(self):
        self.make(1)
        with open(self.store, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("is in use", self.volume("compact", status=1).stderr)

    def test_whoever_kills_it_leaves_a_whole_store(self):
        self.make(3)
        dump = self.dump()
        with open(self.store, "r+b") as file:
            file.truncate(4 << 20)  # nobody minds more slots; each copy begins with them
        started = time.monotonic()
        self.volume("compact")
        whole = time.monotonic() - started
        chance = random.Random(1)
        for _ in range(25):
            process = subprocess.Popen([os.path.join(PROGRAMS, "farl"), "volume", "compact", "--key-file", self.path("key"), self.store],
                                       stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, whole))
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.assertEqual(self.dump(), dump)
        self.volume("compact")
        self.assertEqual(self.dump(), dump)
        self.assertEqual(sorted(os.listdir(self.directory)), ["key", "store"])


class Damage(Volumes):
    """The host changes what it keeps."""

    def setUp(self):
        super().setUp()
        self.make(11)
        self.before = self.contents()
        self.dumped, self.state = self.dump(), self.show()["sequence"]

    def check(self):
        result = subprocess.run([os.path.join(PROGRAMS, "farl"), "volume", "check", "--key-file", self.path("key"), self.store],
                                capture_output=True, text=True, timeout=120)
        self.assertIn(result.returncode, (0, 1, 126), result.stderr)
        return result

    def is_told_or_harmless(self):
        """A check finds it, or the volume is the same, or is an older one, which only who knows the newest state can tell."""
        result = self.check()
        if result.returncode:
            self.assertNotEqual(result.stdout + result.stderr, "")
            return True
        self.assertTrue(self.show()["sequence"] < self.state or self.dump() == self.dumped, "neither told nor harmless")
        return False

    def slots(self):
        return range(len(self.before) // SLOT)

    def test_each_flipped_byte_is_told_or_harmless(self):
        chance = random.Random(2)
        told = 0
        for slot in self.slots():
            at = slot * SLOT + chance.choice((chance.randrange(SLOT), chance.randrange(28), 40))
            self.put(self.before[:at] + bytes([self.before[at] ^ 1 << chance.randrange(8)]) + self.before[at + 1:])
            with self.subTest(slot=slot):
                told += self.is_told_or_harmless()
        self.assertGreater(told, len(self.slots()) // 3)

    def test_exchanged_and_removed_slots_are_told_or_harmless(self):
        chance = random.Random(3)
        told = 0
        for _ in range(60):
            one, other = chance.sample(self.slots(), 2)
            slots = [self.before[slot * SLOT:(slot + 1) * SLOT] for slot in self.slots()]
            slots[one] = chance.choice((slots[other], bytes(SLOT)))
            self.put(b"".join(slots))
            with self.subTest(one=one, other=other):
                told += self.is_told_or_harmless()
        self.assertGreater(told, 10)

    def test_a_cut_store_is_told(self):
        self.put(self.before[:len(self.before) // 2])
        lines = self.check().stdout.splitlines()
        self.assertGreater(len(lines), 1)
        self.assertRegex(lines[-1], r"\d+ defects$")

    def test_a_line_names_file_block_and_slot(self):
        found = None
        for slot in range(self.slots().stop - 1, 2, -1):
            self.put(self.before[:slot * SLOT] + bytes(SLOT) + self.before[(slot + 1) * SLOT:])
            lines = self.check().stdout.splitlines()
            found = found or [line for line in lines if line.startswith("/") and ": inode" in line]
            self.assertFalse([line for line in lines if "which is none" in line], "what cannot be read may be there")
        self.assertRegex(found[0], r"^/\S+: inode \d+: (block \d+|the seals of blocks \d+ to \d+) \(slot \d+\) (is|are) not what was sealed there$")

    def test_damaged_volumes_are_not_copied(self):
        self.put(self.before[:len(self.before) // 2])
        half = self.contents()
        self.assertIn("nothing was changed", self.volume("compact", status=1).stderr)
        self.assertEqual(self.contents(), half)
        self.assertEqual(sorted(os.listdir(self.directory)), ["key", "store"])

    def test_one_superblock_is_enough_and_told(self):
        for slot in range(2):
            self.put(self.before[:slot * SLOT] + b"x" * SLOT + self.before[(slot + 1) * SLOT:])
            self.assertIn(f"superblock {slot} does not open", self.check().stdout)
        self.put(b"x" * 2 * SLOT + self.before[2 * SLOT:])
        self.assertIn("is no volume", self.check().stderr)


if __name__ == "__main__":
    unittest.main()
