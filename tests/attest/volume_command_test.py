"""farl volume with a real CAS: stores that enclaves wrote, whose keys and newest states the CAS has."""
import json
import os
import shutil
import subprocess
import unittest

from tests.attest.volume_test import BIN, READ, SECRET, SESSION, WRITE, Volumes


class Commands(Volumes):
    def volume_command(self, action, *arguments, status=0, volume="shop/data"):
        command = [f"{BIN}/farl", "volume", action, "--cas", self.cas.owners, "--cas-key", self.cas.key, "--key", "key.pem",
                   "--volume", volume, *arguments, self.store]  # fmt: skip
        result = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def test_what_an_enclave_wrote_is_in_the_newest_state_and_well(self):
        self.expect(WRITE, "written\n")
        told = json.loads(self.volume_command("show", "--json"))
        self.assertEqual(told["newest_sequence"], told["sequence"])
        self.assertIn("this one", told["newest"])
        self.assertIn("1 files in 1 directories", self.volume_command("check"))

    def test_a_volume_that_the_owner_made_is_used_by_an_enclave(self):
        self.assertIn("at the CAS", self.volume_command("create"))
        self.assertIn("all is well", self.volume_command("check"))
        self.expect(WRITE, "written\n")
        self.expect(READ, SECRET.decode() + "\n")
        os.unlink(self.store)
        self.assertIn("has been written to", self.volume_command("create", status=1))
        self.assertFalse(os.path.exists(self.store))
        self.assertIn("no service of session shop has a volume other", self.volume_command("create", volume="shop/other", status=1))

    def test_an_older_copy_is_a_defect_and_is_not_copied(self):
        self.expect(WRITE, "written\n")
        shutil.copy(self.store, self.path("older"))
        self.expect(WRITE, "written\n")
        shutil.copy(self.path("older"), self.store)
        self.assertIn("older than it was", self.volume_command("check", status=1))
        self.assertIn("older than it was", self.volume_command("show"))
        self.assertIn("older than it was", self.volume_command("compact", status=1))
        self.assertIn("older than it was", self.volume_command("rekey", status=1))

    def test_compacted_it_is_the_same_volume_for_an_enclave(self):
        self.expect(WRITE, "written\n")
        self.volume_command("compact")
        self.expect(READ, SECRET.decode() + "\n")
        self.assertIn("all is well", self.volume_command("check"))

    def test_with_another_key_enclaves_go_on_and_older_copies_do_not_open(self):
        self.expect(WRITE, "written\n")
        shutil.copy(self.store, self.path("older"))
        self.volume_command("rekey")
        self.expect(READ, SECRET.decode() + "\n")
        self.expect(WRITE, "written\n")
        self.assertIn("all is well", self.volume_command("check"))
        shutil.copy(self.path("older"), self.store)
        self.assertIn("neither superblock opens", self.volume_command("check", status=126))

    def test_a_rekey_that_ended_before_its_last_step_is_finished_by_another(self):
        self.expect(WRITE, "written\n")
        shutil.copy(self.store, self.path("before"))
        self.volume_command("rekey")
        os.rename(self.store, self.store + ".new")
        shutil.copy(self.path("before"), self.store)
        self.assertIn("before", self.volume_command("rekey"))
        self.assertFalse(os.path.exists(self.store + ".new"))
        self.expect(READ, SECRET.decode() + "\n")

    def test_a_volume_that_an_enclave_has_is_left_alone(self):
        process = self.start_holding()
        for action in ("compact", "rekey", "check"):
            self.assertIn("is in use", self.volume_command(action, status=1))
        shutil.copy(self.store, self.store + ".copy")
        self.store += ".copy"
        for action in ("compact", "rekey"):
            self.assertIn("an enclave has this volume", self.volume_command(action, status=1))
        process.communicate(timeout=60)

    def test_nobody_else_gets_the_key(self):
        self.expect(WRITE, "written\n")
        self.cas.farl("policy", "key", "--new", "mallory.pem")
        os.rename(self.path("mallory.pem"), self.path("key.pem"))
        self.assertIn("is your key one of its owners'", self.volume_command("check", status=1))

    def test_volumes_without_a_session_need_no_option(self):
        environment = {**self.environment, "XDG_DATA_HOME": self.path("home")}

        def command(*arguments):
            return subprocess.run([f"{BIN}/farl", *arguments], cwd=self.directory, env=environment, capture_output=True, text=True, timeout=120)

        def runs(program):
            return command("run", "--quiet", "-v", f"{self.store}:/farl-test-data", "--", "python3", "-c", program)

        for action in ("show", "check"):
            self.assertEqual(command("volume", action, self.store).returncode, 127)
        self.assertEqual(runs(WRITE).stdout, "written\n")
        self.assertIn("this one", command("volume", "show", self.store).stdout)
        for action in ("compact", "check", "rekey", "check"):
            done = command("volume", action, self.store)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(runs(READ).stdout, SECRET.decode() + "\n")
        shutil.copy(self.store, self.path("moved"))
        self.assertIn("its key is not known here", command("volume", "check", self.path("moved")).stderr)

    def path(self, name):
        return os.path.join(self.directory, name)


if __name__ == "__main__":
    unittest.main()
