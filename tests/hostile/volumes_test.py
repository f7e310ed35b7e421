"""A host that lies about the calls that a volume is kept with: the start ends with a line, or the program gets EIO; what it reads is what it wrote."""

import unittest

from tests.hostile.hostile import FARL_FAILED, HostileTest, attack

VOLUME = ("-v", "data.volume:/farl-test-data")
# Writes, synchronises and reads, whatever fails.
PROGRAM = """
import os
for n in range(40):
    try:
        f = os.open('/farl-test-data/file', os.O_RDWR | os.O_CREAT)
        os.pwrite(f, bytes([n]) * 4096, 4096 * n)
        os.fsync(f)
        if os.pread(f, 4096, 4096 * n) not in (bytes([n]) * 4096, b''): print('HARMED')
        os.close(f)
    except OSError as error:
        if error.errno != 5: print('HARMED', error)
print('ended')
"""


class Volumes(HostileTest):
    def run_under(self, script):
        return attack(script, "/usr/bin/python3", "-c", PROGRAM, options=VOLUME, attests=True)

    def test_are_used_by_the_program_if_the_host_is_honest(self):
        outcome = self.run_under("honest")
        self.assertEqual((outcome.status, outcome.output), (0, "ended\n"), outcome)

    def test_are_not_mounted_if_their_file_is_answered_for_wrongly(self):
        for call in ("flock", "pread64", "pwrite64", "fdatasync"):
            with self.subTest(call=call):
                outcome = self.run_under(f"answers {call} from_start sampled")
                if outcome.status == FARL_FAILED:
                    self.assertRegex(outcome.errors, r"(?m)^farl: volume data.volume: ", outcome)
                else:
                    self.assertEqual((outcome.status, outcome.output), (0, "ended\n"), outcome)
                self.assertNotIn("HARMED", outcome.output, call)
                self.assert_known_calls(outcome, call)


if __name__ == "__main__":
    unittest.main(verbosity=2)
