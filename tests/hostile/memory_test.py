"""Shared memory: words that change while they are read, and how they are read."""

import unittest

from tests.hostile.hostile import VICTIM, HostileTest, attack

# Which words may flip: of recvmsg(2) and ioctl(2) only the low bits, because their memory has pointers for the kernel.
FLIPPED = [
    ("all", "read"), ("all", "getdents"), ("all", "poll_wait"), ("all", "epoll_wait_for"), ("all", "getsockname"),
    ("all", "readlink"), ("all", "getsockopt"), ("low", "recvmsg"), ("low", "from"), ("low", "interfaces"),
]  # fmt: skip
WATCHED = ["read", "write", "getdents", "recvmsg", "sendmsg", "readlink", "poll_wait", "epoll_wait_for", "statx", "open"]


class Memory(HostileTest):
    def test_words_that_flip_between_reads_harm_nothing(self):
        for mask, scenario in FLIPPED:
            for how in ("sync", "async"):
                with self.subTest(scenario=scenario, hostcalls=how):
                    outcome = attack(f"flips {mask}", VICTIM, scenario, options=["--log", "error", "--hostcalls", how])
                    self.assert_unharmed(outcome, scenario)

    def test_host_memory_is_accessed_in_aligned_words_of_eight_bytes(self):
        for scenario in WATCHED:
            for options in ([], ["--trace"]):
                with self.subTest(scenario=scenario, options=options):
                    outcome = attack("accesses", VICTIM, scenario, options=options)
                    self.assert_unharmed(outcome, scenario)
                    self.assertNotEqual(outcome.report, [])
                    self.assertEqual([line for line in outcome.report if "wide" not in line], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
