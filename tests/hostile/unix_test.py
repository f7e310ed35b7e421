"""Unix sockets: what goes through them stays inside, but by a path of the host's."""

import hashlib
import unittest

from tests.hostile.hostile import HostileTest, attack

PYTHON = "/usr/bin/python3"
MARKER = hashlib.sha256(b"marker of a test").digest()

# The program makes the marker itself, for its arguments are the host's.
SENDER = """if 1:
    import hashlib, os, socket, sys
    marker = hashlib.sha256(b"marker of a test").digest()
    def both_ways(one, other):
        for end, far in (one, other), (other, one):
            for _ in range(64):
                end.send(marker)
                assert far.recv(len(marker)) == marker
            end.sendmsg([marker], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, os.pipe()[0].to_bytes(4, "little"))])
            assert far.recvmsg(len(marker), 100)[0] == marker
    def named(kind, name):
        listener = socket.socket(socket.AF_UNIX, kind)
        listener.bind(name)
        listener.listen()
        client = socket.socket(socket.AF_UNIX, kind)
        client.connect(name)
        return client, listener.accept()[0]
    kinds = socket.SOCK_STREAM, socket.SOCK_SEQPACKET
    if sys.argv[1] == "inside":
        kept = [socket.socketpair(socket.AF_UNIX, kind) for kind in (*kinds, socket.SOCK_DGRAM)]
        kept += [named(kind, "/dev/shm/socket-%d" % kind) for kind in kinds]
        kept += [named(kind, "\\0farl-%d-%d" % (os.getpid(), kind)) for kind in kinds]
        for pair in kept:
            both_ways(*pair)
    else:
        client, server = named(socket.SOCK_STREAM, sys.argv[1])
        client.send(marker)
        assert server.recv(len(marker)) == marker
    print("sent")
"""


class WhatTheHostSees(HostileTest):
    def calls_with_marker(self, *where):
        outcome = attack(f"witness {MARKER.hex()}", PYTHON, "-c", SENDER, *where)
        self.assertEqual((outcome.status, outcome.output), (0, "sent\n"), str(outcome))
        return [line for line in outcome.report if line.startswith("marker")]

    def test_nothing_that_goes_through_sockets_inside(self):
        self.assertEqual(self.calls_with_marker("inside"), [])

    def test_what_goes_by_a_name_of_its_own(self):
        calls = self.calls_with_marker("socket")
        self.assertIn("marker in call 44", calls)  # sendto
        self.assertIn("marker in call 45", calls)  # recvfrom


if __name__ == "__main__":
    unittest.main()
