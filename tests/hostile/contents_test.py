"""What host calls leave in memory is forged, one variant after the other."""

import unittest

from tests.hostile.hostile import VICTIM, HostileTest, attack

# Which forgery a scenario of the victim meets.
FORGERIES = [
    ("address_size", "accept"), ("address_size", "getsockname"), ("address_size", "getpeername"),
    ("option_size", "getsockopt"), ("name_size", "from"), ("control_size", "recvmsg"), ("message_size", "recvmsg"),
    ("passed_descriptors", "recvmsg"), ("record", "getdents"), ("status", "fstat"),
    ("status", "stat"), ("status", "open"), ("link", "readlink"), ("poll", "poll_look"), ("poll", "poll_wait"),
    ("events", "epoll_look"), ("events", "epoll_wait_for"), ("events", "epoll_once"), ("interfaces", "interfaces"),
    ("watch_events", "events"), ("time", "processor_time"), ("filled", "getrusage"), ("clocks", "clock"),
]  # fmt: skip


class Contents(HostileTest):
    def test_no_content_harms_the_program(self):
        for forgery, scenario in FORGERIES:
            with self.subTest(forgery=forgery, scenario=scenario):
                outcome = attack(f"contents {forgery}", VICTIM, scenario, options=["--log", "error"])
                self.assert_unharmed(outcome, f"{forgery} {scenario}")

    def test_an_answer_may_not_be_larger_than_what_a_stream_has(self):
        outcome = attack("answers recvfrom", VICTIM, "recv_truncated", options=["--log", "error"])
        self.assert_unharmed(outcome, "recv_truncated")


if __name__ == "__main__":
    unittest.main(verbosity=2)
