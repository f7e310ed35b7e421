"""The openssl command: digests, ciphers, keys, speed, and a server that a native client talks to."""

import os

from tests.support.certificate import make_certificate
from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main


class OpensslTest(AppTest):
    def test_digests_and_ciphers_agree(self):
        data = bytes(range(256)) * 4096
        for command in (
            ("dgst", "-sha256"),
            ("dgst", "-sha512", "-hmac", "key"),
            ("dgst", "-blake2b512"),
            ("enc", "-aes-256-ctr", "-K", "00" * 32, "-iv", "01" * 16),
            ("enc", "-chacha20", "-K", "02" * 32, "-iv", "03" * 16),
            ("enc", "-aes-128-cbc", "-pbkdf2", "-pass", "pass:word", "-S", "0102030405060708"),
            ("base64",),
        ):
            with self.subTest(" ".join(command)):
                self.succeeds("openssl", *command, stdin=data)

    def test_a_signature_made_under_test_verifies_natively(self):
        directory = self.directory()
        key, public, message, signature = (os.path.join(directory, n) for n in ("key", "public", "message", "signature"))
        with open(message, "w") as file:
            file.write("signed inside\n")
        for command in (
            ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key),
            ("pkey", "-in", key, "-pubout", "-out", public),
            ("dgst", "-sha256", "-sign", key, "-out", signature, message),
        ):
            done = UNDER_TEST.run("openssl", *command)
            self.assertEqual(done.status, 0, done.errors)
        verified = NATIVE.run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message)
        self.assertEqual(verified.text, "Verified OK\n")

    def test_two_runs_do_not_draw_the_same_random_bytes(self):
        drawn = {UNDER_TEST.run("openssl", "rand", "-hex", "32").text for _ in range(2)}
        self.assertEqual({len(hexadecimal) for hexadecimal in drawn}, {65})
        self.assertEqual(len(drawn), 2)

    def test_speed_is_stopped_by_its_alarm(self):
        done = UNDER_TEST.run("openssl", "speed", "-seconds", "1", "-bytes", "1024", "-evp", "aes-128-gcm")
        self.assertEqual(done.status, 0, done.errors)
        self.assertRegex(done.text, r"(?m)^AES-128-GCM +[1-9][0-9.]+k$")


class TlsServerTest(AppTest):
    def test_a_native_client_is_answered(self):
        certificate, key = make_certificate(self.directory())
        port = free_port()
        command = ("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate, "-key", key, "-rev")
        with Server(UNDER_TEST, command, port) as server:
            for version in ("-tls1_2", "-tls1_3"):
                with self.subTest(version):
                    answer = self.talk(server, certificate, version, b"received\nCLOSE\n")
                    self.assertEqual((answer.status, answer.stdout), (0, b"deviecer\n"), answer.errors)

    def talk(self, server, certificate, version, lines):
        """What the server answers; `-quiet` makes the client stay until the server closes."""
        return NATIVE.run(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", certificate, version),
            *("-verify_return_error", "-quiet", "-servername", "localhost"),
            stdin=lines,
            timeout=30,
        )


if __name__ == "__main__":
    main("openssl")
