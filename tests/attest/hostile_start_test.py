"""What a host achieves that stands between real enclaves and a real CAS: transcripts of an earlier start, a second instance of a
service that starts once, another emulator with valid quotes of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

from tests.attest.peer import Listener
from tests.support.cas import Cas

BIN = os.environ["FARL_BIN"]
PATIENCE_SECONDS = 60
SESSION = """farl: 1
name: shop
secrets: {{ password: {{ kind: given, value: hunter2 }} }}
services:
  front:
    argv: [ env ]
    environment: {{ PATH: /usr/bin, PASSWORD: {{ secret: password }} }}
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: [ {root} ] }}
  once:
    argv: [ env ]
    environment: {{ PATH: /usr/bin }}
    starts: 1
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: [ {root} ] }}
"""


class Relay(Listener):
    """Takes one connection, passes it on, and keeps what was sent in each direction, in the pieces that came."""

    def __init__(self, address):
        self._to = address
        self.sent, self.answered = [], []

    def _serve(self):
        self._listener.settimeout(PATIENCE_SECONDS)
        client, _ = self._listener.accept()
        client.settimeout(PATIENCE_SECONDS)
        with client, connect(self._to) as server:
            back = threading.Thread(target=self._pass, args=(server, client, self.answered))
            back.start()
            self._pass(client, server, self.sent)
            back.join()

    @staticmethod
    def _pass(source, target, kept):
        try:
            while piece := source.recv(1 << 16):
                kept.append(piece)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)


def replay(connection, pieces, in_turn):
    """What comes back. In turn: each piece after something has come for the one before."""
    answers = []
    try:
        for piece in pieces:
            connection.sendall(piece)
            if in_turn:
                answers.append(connection.recv(1 << 16))
        connection.shutdown(socket.SHUT_WR)
        while answer := connection.recv(1 << 16):
            answers.append(answer)
    except OSError:  # the other side has had enough
        pass
    return b"".join(answers)


class HostileStart(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-hostile-start-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.cas = Cas(BIN, self.directory)
        self.addCleanup(self.cas.stop)
        self.root = self.cas.farl("attest", "emulator", "own-secret").strip()
        self.cas.create("shop", SESSION.format(mrenclave=self.cas.mrenclave(), root=self.root))

    def start(self, address, service="shop/front", secret="own-secret"):
        command = [f"{BIN}/farl", "run", "--quiet", "--emulator-secret", secret, "--cas", address, "--cas-key", self.cas.key, "--session", service]
        return subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)

    def recorded_start(self):
        with Relay(self.cas.enclaves) as relay:
            outcome = self.start(relay.address)
        self.assertIn("PASSWORD=hunter2\n", outcome.stdout, outcome.stderr)
        self.assertEqual(self.cas.allowed(), 1)
        return relay

    def test_an_old_transcript_gets_nothing_from_the_cas(self):
        relay = self.recorded_start()
        for in_turn in (False, True):
            for pieces in (relay.sent, [b"".join(relay.sent)]):
                with connect(self.cas.enclaves) as connection:
                    answer = replay(connection, pieces, in_turn)
                self.assertLess(len(answer), len(b"".join(relay.answered)))
        self.assertEqual(self.cas.allowed(), 1)

    def test_an_old_transcript_starts_no_enclave(self):
        relay = self.recorded_start()
        for pieces in (relay.answered, [b"".join(relay.answered)]):
            with Impostor(pieces) as impostor:
                outcome = self.start(impostor.address)
            self.assertEqual((outcome.returncode, outcome.stdout), (125, ""))
            self.assertTrue(outcome.stderr.startswith("farl: the connection to the CAS is broken"), outcome.stderr)
        self.assertEqual(self.cas.allowed(), 1)

    def test_a_second_instance_of_a_service_that_starts_once_is_refused(self):
        outcomes = [self.start(self.cas.enclaves, "shop/once") for _ in range(2)]
        self.assertEqual([outcome.returncode for outcome in outcomes], [0, 125])
        self.assertEqual(outcomes[1].stdout, "")
        self.assertEqual(self.cas.allowed(), 1)

    def test_another_emulator_with_valid_quotes_is_refused(self):
        other = self.cas.farl("attest", "emulator", "other-secret").strip()
        self.assertNotEqual(other, self.root)
        outcome = self.start(self.cas.enclaves, secret="other-secret")
        self.assertEqual((outcome.returncode, outcome.stdout), (125, ""))
        self.assertIn("emulat", outcome.stderr)
        self.assertNotIn("hunter2", outcome.stderr)
        self.assertEqual(self.cas.allowed(), 0)


class Impostor(Relay):
    """Answers one connection with what another one has got."""

    def __init__(self, pieces):
        super().__init__("")
        self._pieces = pieces

    def _serve(self):
        client, _ = self._listener.accept()
        with client:
            client.settimeout(PATIENCE_SECONDS)
            if client.recv(1 << 16):
                replay(client, self._pieces, False)


if __name__ == "__main__":
    unittest.main(verbosity=2)
