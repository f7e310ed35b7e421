"""Volumes with a real CAS: what a program wrote is there at its next start, for one enclave at a time; a host that brings an older copy,
another file or nothing is refused with one line."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from tests.support.cas import Cas
from tests.support.runner import die_with_parent

BIN = os.environ["FARL_BIN"]
LONG_S, SHORT_S = 600, 12  # leases: one that never runs out here, one that does, and not before a program has started
SESSION = """farl: 1
name: shop
services:
  front:
    argv: [ python3, -uc, "import sys; exec(sys.stdin.readline())" ]
    environment: {{ PATH: /usr/bin, LC_ALL: C }}
    volumes: {{ data: {{ path: /farl-test-data, rollback: {rollback} }} }}
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }}
"""
# What the program in the enclave does: one line of Python.
WRITE = "f = open('/farl-test-data/file', 'w'); f.write('the secret words'); f.flush(); import os; os.fsync(f.fileno()); print('written')"
READ = "print(open('/farl-test-data/file').read())"
SECRET = b"the secret words"


class Volumes(unittest.TestCase):
    rollback = "strict"
    lease_s = LONG_S

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-volume-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.store = os.path.join(self.directory, "data.volume")
        self.cas = Cas(BIN, self.directory, "--lease", str(self.lease_s))
        self.addCleanup(lambda: self.cas.kill())
        self.cas.create("shop", SESSION.format(mrenclave=self.cas.mrenclave(), rollback=self.rollback))
        self.environment = {**os.environ, "XDG_DATA_HOME": self.directory}

    def command(self, *options):
        return [f"{BIN}/farl", "run", "--quiet", "--cas", self.cas.enclaves, "--cas-key", self.cas.key, "--session", "shop/front",
                *(options or ("--volume", f"data={self.store}")), "python3"]  # fmt: skip

    def start(self, program, *options, command=None):
        process = subprocess.Popen(command or self.command(*options), cwd=self.directory, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)  # fmt: skip
        self.addCleanup(lambda: (process.kill(), process.communicate()) if process.poll() is None else None)
        process.stdin.write(program + "\n")
        process.stdin.flush()
        return process

    def run_program(self, program, *options):
        process = self.start(program, *options)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def expect(self, program, output):
        self.assertEqual(self.run_program(program), (0, output, ""))

    def refused(self, part, *options):
        status, output, errors = self.run_program(READ, *options)
        self.assertEqual((status, output), (125, ""), errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertIn(part, errors)
        return errors

    def volume(self):
        return json.loads(self.cas.policy("volumes", "--json", "shop"))["volumes"]["data"]

    def start_holding(self):
        """One that writes, and then waits for its input to end."""
        process = self.start(WRITE + "; sys.stdin.read()")
        self.assertEqual(process.stdout.readline(), "written\n", process.poll())
        return process


class Strict(Volumes):
    def test_keep_what_was_written_and_show_nothing_of_it(self):
        self.expect(WRITE, "written\n")
        self.expect(READ, "the secret words\n")
        with open(self.store, "rb") as store:
            contents = store.read()
        self.assertNotIn(SECRET, contents)
        self.assertNotIn(b"file", contents)
        self.assertEqual(os.stat(self.store).st_mode & 0o777, 0o600)

    def test_its_file_does_not_grow_with_each_commit(self):
        process = self.start("f = open('/farl-test-data/file', 'wb', 0); import os; "
                             "[(f.write(bytes(4096)), os.fsync(f.fileno()), print('written')) for line in sys.stdin]")  # fmt: skip
        sizes = set()
        for _ in range(20):
            process.stdin.write("more\n")
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), "written\n")
            sizes.add(os.stat(self.store).st_size)
        self.assertLess(len(sizes), 6)

    # Without fsync(2): 64 MiB of old contents are what a volume of this size keeps. What is written back every five seconds
    # would be more than that.
    def test_what_is_written_again_and_again_has_its_room_back(self):
        self.expect("import os; f = os.open('/farl-test-data/file', os.O_RDWR | os.O_CREAT); b = os.urandom(1 << 20); "
                    "[os.pwrite(f, b, i % 16 << 20) for i in range(400)]; print('written')", "written\n")  # fmt: skip
        self.assertLess(os.stat(self.store).st_size, 128 << 20)

    def test_refuse_an_older_copy_until_its_owner_accepts_it(self):
        self.expect(WRITE, "written\n")
        shutil.copy(self.store, self.store + ".old")
        self.expect(WRITE.replace("words", "newer words"), "written\n")
        newest = self.volume()["sequence"]
        os.replace(self.store + ".old", self.store)
        errors = self.refused("older copy")
        self.assertIn(f"commit {newest}", errors)
        self.assertIn("farl policy volumes --accept-older data shop", errors)
        self.cas.policy("volumes", "--accept-older", "data", "shop")
        self.expect(READ, "the secret words\n")

    def test_refuse_a_copy_that_another_history_was_written_from(self):
        self.expect(WRITE, "written\n")
        shutil.copy(self.store, self.store + ".old")
        self.expect(WRITE.replace("words", "newer words"), "written\n")
        shutil.copy(self.store, self.store + ".newest")
        os.replace(self.store + ".old", self.store)
        self.cas.policy("volumes", "--accept-older", "data", "shop")
        for _ in range(3):  # more commits than the other one has had
            self.expect(WRITE.replace("words", "other words"), "written\n")
        os.replace(self.store + ".newest", self.store)
        self.refused("older copy, or was written from one")

    def test_refuse_a_store_that_is_gone_cut_off_or_damaged(self):
        self.expect(WRITE, "written\n")
        with open(self.store, "rb") as store:
            contents = store.read()

        def put(contents):
            with open(self.store, "wb") as store:
                store.write(contents)

        os.remove(self.store)
        self.assertIn("--accept-older data shop", self.refused("there is no volume in its file"))
        put(b"")
        self.refused("there is no volume in its file")
        used = len(contents.rstrip(b"\0"))  # behind it there is room for more
        for size in (4096, 8192, used // 8192 * 4096):
            put(contents[:size])
            self.refused("volume data: ")
        put(contents[:100] + bytes([contents[100] ^ 1]) + contents[101:4096] + bytes(4096) + contents[8192:])
        self.refused("damaged, or another volume")
        put(contents)
        self.expect(READ, "the secret words\n")

    def test_are_not_written_to_any_more_when_the_owner_has_broken_the_lease(self):
        program = WRITE + "; sys.stdin.readline()\ntry: os.write(f.fileno(), b'more'); os.fsync(f.fileno()); print('kept')\nexcept OSError as e: print(e.errno)"
        first = self.start(f"exec({program!r})")
        self.assertEqual(first.stdout.readline(), "written\n")
        self.cas.policy("volumes", "--break", "data", "shop")
        newest = self.volume()["sequence"]
        output, errors = first.communicate("\n", timeout=60)
        self.assertEqual(output, "5\n")  # EIO
        self.assertIn("volume data: the CAS says that it is not this enclave's any more", errors)
        self.assertEqual(self.volume()["sequence"], newest)

    def test_have_one_history_even_if_two_enclaves_write_to_copies(self):
        first = self.start(WRITE + "; sys.stdin.readline(); os.write(f.fileno(), b'first'); os.fsync(f.fileno())")
        self.assertEqual(first.stdout.readline(), "written\n")
        self.cas.policy("volumes", "--break", "data", "shop")
        self.refused("another process of this machine uses its file")
        copy = os.path.join(self.directory, "copy.volume")
        shutil.copy(self.store, copy)
        on_copy = ("--volume", f"data={copy}")
        self.assertEqual(self.run_program(WRITE.replace("words", "second words"), *on_copy), (0, "written\n", ""))
        newest = self.volume()
        errors = first.communicate("\n", timeout=60)[1]
        self.assertIn("Input/output error", errors)
        self.assertEqual(self.volume(), newest)
        self.refused("older copy, or was written from one")
        self.assertEqual(self.run_program(READ, *on_copy), (0, "the secret second words\n", ""))

    def test_have_no_commit_that_the_cas_does_not_know_whichever_thread_made_it(self):
        threads = ("import os, threading\ndef work(i):\n f = os.open(f'/farl-test-data/{i}', os.O_RDWR | os.O_CREAT)\n"
                   " for n in range(30): os.pwrite(f, bytes(5000), n * 5000); os.fsync(f)\n"
                   "all = [threading.Thread(target=work, args=(i,)) for i in range(8)]\n[t.start() for t in all]; [t.join() for t in all]\n"
                   "print(sum(os.stat(f'/farl-test-data/{i}').st_size for i in range(8))); os.kill(os.getpid(), 9)")  # fmt: skip
        self.assertEqual(self.run_program(f"exec({threads!r})"), (-9, "1200000\n", ""))
        sizes = "import os; print([os.stat(f'/farl-test-data/{i}').st_size for i in range(8)])"
        self.cas.policy("volumes", "--break", "data", "shop")
        self.assertEqual(self.run_program(sizes), (0, f"{[150000] * 8}\n", ""))

    def test_are_kept_whatever_way_host_calls_are_made(self):
        for options in (("--hostcalls", "async"), ("--hostcalls", "sync", "--carriers", "1"), ("--no-patch",)):
            where = ("--volume", f"data={self.store}", *options)
            self.assertEqual(self.run_program(WRITE, *where), (0, "written\n", ""), options)
            self.assertEqual(self.run_program(READ, *where), (0, "the secret words\n", ""), options)

    def test_are_known_at_the_cas_when_fsync_returns(self):
        first = self.start_holding()
        first.kill()
        first.communicate(timeout=60)
        self.assertGreaterEqual(self.volume()["sequence"], 1)

    def test_wait_for_a_cas_that_was_killed(self):
        program = WRITE + "; sys.stdin.readline(); os.write(f.fileno(), b'!'); os.fsync(f.fileno()); print('kept')"
        first = self.start(program)
        self.assertEqual(first.stdout.readline(), "written\n")
        newest = self.volume()["sequence"]
        self.cas.kill()
        first.stdin.write("\n")
        first.stdin.flush()
        time.sleep(1)
        self.assertIsNone(first.poll())
        self.cas.start_again()
        self.assertEqual(first.communicate(timeout=60)[0], "kept\n")
        self.assertGreater(self.volume()["sequence"], newest)

    def test_are_told_of_to_nobody_who_takes_the_place_of_the_cas(self):
        command = [word for word in self.command() if word not in ("--cas-key", self.cas.key)]  # the first one that answers counts
        first = self.start(WRITE + "; sys.stdin.readline(); os.write(f.fileno(), b'!'); os.fsync(f.fileno()); print('kept')", command=command)
        self.assertEqual(first.stdout.readline(), "written\n")
        self.cas.kill()
        os.mkdir(os.path.join(self.directory, "other"))
        other = Cas(BIN, os.path.join(self.directory, "other"))
        other.kill()
        other.enclaves = self.cas.enclaves
        other.start_again()
        first.stdin.write("\n")
        first.stdin.flush()
        time.sleep(2)
        self.assertIsNone(first.poll())
        other.kill()
        self.cas.start_again()
        self.assertEqual(first.communicate(timeout=60), ("kept\n", ""))

    def test_are_all_given_back_if_one_of_them_cannot_be_used(self):
        text = SESSION.format(mrenclave=self.cas.mrenclave(), rollback="strict").replace("name: shop", "name: two")
        self.cas.create("two", text.replace("volumes: {", "volumes: { other: { path: /farl-test-other },"))
        command = [word.replace("shop/front", "two/front") for word in self.command()]
        started = self.start(READ, command=command)
        self.assertIn("volume other: the host names no file for it", started.communicate(timeout=60)[1])
        volumes = json.loads(self.cas.policy("volumes", "--json", "two"))["volumes"]
        self.assertEqual([name for name, volume in volumes.items() if "held_until" in volume], [])
        self.assertEqual(set(volumes), {"data", "other"})

    def test_need_a_place_on_the_host_that_nobody_else_uses(self):
        self.refused("volume data: the host names no file for it", "--log", "error")
        self.refused("cannot be opened", "--volume", "data=/nowhere/at/all")
        os.mkdir(os.path.join(self.directory, "volumes"))
        status, output, errors = self.run_program(WRITE, "--volume", os.path.join(self.directory, "volumes"))
        self.assertEqual((status, output, errors), (0, "written\n", ""))
        self.assertTrue(os.path.exists(os.path.join(self.directory, "volumes", "data.volume")))


class Leases(Volumes):
    lease_s = SHORT_S

    def test_are_one_enclaves_at_a_time(self):
        first = self.start_holding()
        copy = os.path.join(self.directory, "copy.volume")
        shutil.copy(self.store, copy)
        errors = self.refused("volume-in-use", "--volume", f"data={copy}")
        self.assertIn("farl policy volumes --break data shop", errors)
        self.assertIn("held_until", self.volume())
        time.sleep(SHORT_S + 1)  # it is renewed
        self.refused("volume-in-use")
        self.assertEqual(first.communicate(timeout=60), ("", ""))
        self.assertNotIn("held_until", self.volume())
        self.expect(READ, "the secret words\n")

    def test_are_free_again_some_time_after_an_enclave_was_killed(self):
        first = self.start_holding()
        first.kill()
        first.communicate(timeout=60)
        self.refused("volume-in-use")
        deadline = time.monotonic() + 60
        while "held_until" in self.volume():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.expect(READ, "the secret words\n")

    def test_are_taken_over_from_an_enclave_that_was_stopped(self):
        first = self.start(WRITE + "; sys.stdin.readline(); os.write(f.fileno(), b'first'); os.fsync(f.fileno())")
        self.assertEqual(first.stdout.readline(), "written\n")
        copy = os.path.join(self.directory, "copy.volume")
        shutil.copy(self.store, copy)
        first.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + 60
        while "held_until" in self.volume():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        with open(self.store, "rb") as store:
            before = store.read()
        on_copy = ("--volume", f"data={copy}")
        self.assertEqual(self.run_program(WRITE.replace("words", "second words"), *on_copy), (0, "written\n", ""))
        newest = self.volume()
        self.cas.kill()  # so that nobody tells it
        first.send_signal(signal.SIGCONT)
        first.stdin.write("\n")
        first.stdin.flush()
        time.sleep(2)
        with open(self.store, "rb") as store:
            self.assertTrue(store.read() == before, "its time was over by its own clock")
        self.cas.start_again()
        errors = first.communicate(timeout=60)[1]
        self.assertIn("Input/output error", errors)
        self.assertIn("not this enclave's any more", errors)
        self.assertEqual(self.volume(), newest)
        with open(self.store, "rb") as store:
            self.assertTrue(store.read() == before)


class Lazy(Volumes):
    rollback = "lazy"

    def test_are_known_at_the_cas_soon_and_at_the_end(self):
        first = self.start_holding()
        deadline = time.monotonic() + 60
        while self.volume()["sequence"] == 0:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        first.communicate(timeout=60)
        newest = self.volume()["sequence"]
        shutil.copy(self.store, self.store + ".old")
        self.expect(WRITE, "written\n")
        self.assertGreater(self.volume()["sequence"], newest)
        os.replace(self.store + ".old", self.store)
        self.refused("older copy")


class Unprotected(Volumes):
    rollback = "none"
    lease_s = SHORT_S

    def test_take_an_older_copy_and_still_let_one_enclave_write(self):
        self.expect(WRITE, "written\n")
        shutil.copy(self.store, self.store + ".old")
        first = self.start_holding()
        self.refused("volume-in-use")
        time.sleep(SHORT_S + 1)  # it is renewed
        self.refused("volume-in-use")
        first.communicate(timeout=60)
        self.assertEqual(self.volume()["sequence"], 0)
        os.replace(self.store + ".old", self.store)
        self.expect(READ, "the secret words\n")


class WithoutSession(unittest.TestCase):
    """The command's own CAS keeps the keys, in the user's home."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-volume-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.store = os.path.join(self.directory, "data.volume")
        self.environment = {**os.environ, "XDG_DATA_HOME": self.directory, "LC_ALL": "C"}

    def command(self, program, *options):
        return [f"{BIN}/farl", "run", "--quiet", *options, "-v", "data.volume:/farl-test-data", "--", "/usr/bin/python3", "-uc", program]

    def run_program(self, program, *options):
        ended = subprocess.run(self.command(program, *options), cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=120)  # fmt: skip
        return ended.returncode, ended.stdout, ended.stderr

    def test_are_kept_and_an_older_copy_is_refused_until_it_is_accepted(self):
        self.assertEqual(self.run_program(WRITE), (0, "written\n", ""))
        with open(self.store, "rb") as store:
            contents = store.read()
        self.assertNotIn(SECRET, contents)
        self.assertEqual(self.run_program(READ), (0, "the secret words\n", ""))
        self.assertEqual(self.run_program(WRITE.replace("words", "newer words")), (0, "written\n", ""))
        with open(self.store, "wb") as store:
            store.write(contents)
        status, output, errors = self.run_program(READ)
        self.assertEqual((status, output), (125, ""))
        self.assertIn("older copy", errors)
        self.assertIn("--accept-older", errors)
        self.assertEqual(self.run_program(READ, "--accept-older"), (0, "the secret words\n", ""))
        self.assertEqual(self.run_program(READ), (0, "the secret words\n", ""))

    def test_are_one_programs_at_a_time_and_free_when_it_has_ended_however(self):
        first = subprocess.Popen(self.command(f"import sys; {WRITE}; sys.stdin.read()"), cwd=self.directory, env=self.environment,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)  # fmt: skip
        self.assertEqual(first.stdout.readline(), "written\n")
        status, output, errors = self.run_program(READ)
        self.assertEqual((status, output), (125, ""))
        self.assertIn("another program has the file", errors)
        first.kill()
        first.communicate(timeout=60)
        for _ in range(100):  # its CAS notices
            status, output, errors = self.run_program(READ)
            if "another program has the file" not in errors:
                break
            time.sleep(0.1)
        self.assertEqual((status, output, errors), (0, "the secret words\n", ""))

    def test_are_the_users_own(self):
        nobody = {"user": 65534, "group": 65534, "extra_groups": [], "cwd": self.directory, "env": self.environment, "capture_output": True,
                  "text": True, "timeout": 120}  # fmt: skip
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        os.chown(self.directory, 65534, 65534)
        if subprocess.run(["/usr/bin/test", "-x", f"{BIN}/farl"], **nobody).returncode:
            self.skipTest("the programs are where others have no access")
        program = WRITE + "; os.chmod('/farl-test-data', 0o700); print(os.stat('/farl-test-data').st_uid)"
        ended = subprocess.run(self.command(program), **nobody)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (0, "written\n65534\n", ""))
        self.assertEqual(os.stat(self.store).st_uid, 65534)

    def test_are_known_by_the_place_of_their_file(self):
        self.assertEqual(self.run_program(WRITE), (0, "written\n", ""))
        os.rename(self.store, self.store + ".moved")
        command = [word.replace("data.volume", "data.volume.moved") for word in self.command(READ)]
        ended = subprocess.run(command, cwd=self.directory, env=self.environment, capture_output=True, text=True, timeout=120)
        self.assertEqual((ended.returncode, ended.stdout), (125, ""))
        self.assertIn("was moved", ended.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
