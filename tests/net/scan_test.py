"""What who scans a shielded server finds: every version and cipher suite that OpenSSL knows is offered alone, as testssl.sh does."""

import socket
import ssl
import subprocess
import unittest
import warnings

from tests.net import shield_test
from tests.net.shield import TLS12, openssl

# RFC 8446, appendix B.4: what of it is to be implemented, and its ChaCha20.
TLS13_SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
OTHER_TLS13_SUITES = {"TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}
# RFC 9325, section 4.2: of TLS 1.2 what has forward secrecy and authenticated encryption.
GOOD_TLS12 = {f"ECDHE-{{0}}-{cipher}" for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}
CURVES = {"X25519": True, "P-256": True, "P-384": True, "secp256k1": False, "ffdhe2048": False, "X448": False}


class Scan(shield_test.ShieldTest):
    def takes(self, port, *options):
        """Whether a handshake of openssl's that offers only this is completed. Asking is harmless: the end of input ends it."""
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", self.authority.certificate, "-verify_return_error", *options]
        outcome = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return outcome.returncode == 0 and "Verify return code: 0" in outcome.stdout

    def takes_tls12(self, port, suite):
        context = self.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{suite}:@SECLEVEL=0")
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        with raw:
            try:
                with context.wrap_socket(raw, server_hostname="localhost"):
                    return True
            except OSError:
                return False

    def test_of_tls13_only_its_three_suites_are_taken(self):
        program = self.serve()
        taken = {suite for suite in TLS13_SUITES | OTHER_TLS13_SUITES if self.takes(program.port, "-tls1_3", "-ciphersuites", suite)}
        self.assertEqual(taken, TLS13_SUITES)

    def test_only_good_curves_are_taken(self):
        program = self.serve()
        self.assertEqual({curve: self.takes(program.port, "-groups", curve) for curve in CURVES}, CURVES)

    def test_older_versions_are_refused(self):
        program = self.serve(flags=TLS12)
        taken = {version: self.takes(program.port, f"-{version}", "-cipher", "ALL:@SECLEVEL=0") for version in ("tls1", "tls1_1", "tls1_2", "tls1_3")}
        self.assertEqual(taken, {"tls1": False, "tls1_1": False, "tls1_2": True, "tls1_3": True})

    def test_of_tls12_only_suites_with_forward_secrecy_and_authentication_are_taken(self):
        names = openssl("ciphers", "-tls1_2", "-s", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", text=True).strip().split(":")
        suites = [name for name in names if not name.startswith(("TLS_", "PSK", "RSA-PSK", "DHE-PSK", "ECDHE-PSK", "SRP"))]
        self.assertGreater(len(suites), 40)
        for algorithm, name in (("EC", "ECDSA"), ("RSA", "RSA")):
            program = self.serve(flags=TLS12, **self.authority.texts(f"scanned-{name}", algorithm=algorithm))
            taken = {suite for suite in suites if self.takes_tls12(program.port, suite)}
            self.assertEqual(taken, {suite.format(name) for suite in GOOD_TLS12})

    def test_neither_compression_nor_renegotiation_is_offered(self):
        program = self.serve(flags=TLS12)
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{program.port}", "-CAfile", self.authority.certificate, "-tls1_2", "-comp"]
        told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stdout
        self.assertIn("Compression: NONE", told)
        self.assertIn("Secure Renegotiation IS supported", told)  # the protection of RFC 5746; renegotiation itself is refused (shield_test)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    unittest.main()
