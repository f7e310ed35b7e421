"""The attested start of an enclave: what it shows, what it makes of a startup configuration, and what of everything else
that may answer in the place of its CAS."""

import hashlib
import os
import re
import shutil
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

from tests.attest.peer import PROTOCOL, Peer, answer, denial, make_key, message, startup_config, tls
from tests.support.runner import die_with_parent
from tests.support.server import free_port

BIN = os.environ["FARL_BIN"]
SERVICE = "shop/front"
FARL_FAILED = 125
PYTHON = "/usr/bin/python3"


class AttestedStart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-attest-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.key, cls.certificate, cls.public = make_key(cls.directory)

    def start(self, address, *more, **options):
        command = [f"{BIN}/attested-launch", address, SERVICE, *more]
        return subprocess.run(command, capture_output=True, timeout=120, text=True, stdin=subprocess.DEVNULL, **options)

    def meet(self, behave, *more):
        with Peer(behave) as peer:
            return self.start(peer.address, *more)

    def meet_cas(self, contents, *more, **options):
        return self.meet(tls(self.key, self.certificate, answer(contents), **options), *more)

    def configured(self, *arguments, **options):
        return self.meet_cas(message(startup_config(*arguments, **options)))

    def assert_refused(self, outcome, why):
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (FARL_FAILED, "", f"farl: {why}\n"))


class Configuration(AttestedStart):
    def python(self, code, **options):
        outcome = self.configured([PYTHON, "-c", code, "one", ""], **options)
        self.assertEqual(outcome.stderr, "")
        return outcome.stdout

    def test_decides_and_nothing_of_the_host_does(self):
        os.environ["OFFERED_BY_THE_HOST"] = "yes"
        self.addCleanup(os.environ.pop, "OFFERED_BY_THE_HOST")
        code = "import os, sys; print(sys.argv, sorted(os.environ.items()), os.getcwd())"
        self.assertEqual(self.python(code, environment=["A=b", "LC_ALL=C"], directory="/usr/share"),
                         "['-c', 'one', ''] [('A', 'b'), ('LC_ALL', 'C')] /usr/share\n")

    def test_names_a_program_that_is_looked_for_in_its_own_path(self):
        self.assertEqual(self.configured(["env"], ["PATH=/nowhere:/usr/bin"]).stdout, "PATH=/nowhere:/usr/bin\n")
        self.assertEqual(self.configured(["env"]).stdout, "")
        self.assertEqual(self.configured(["bin/env"], directory="/usr").stdout, "")
        outcome = self.configured(["env"], ["PATH=/nowhere"])
        self.assertEqual((outcome.returncode, outcome.stderr), (127, "farl: env: not found\n"))
        outcome = self.configured(["/etc/passwd"])
        self.assertEqual((outcome.returncode, outcome.stderr), (126, "farl: /etc/passwd: cannot be executed\n"))
        self.assert_refused(self.configured(["env"], directory="/nowhere"), "/nowhere: is no directory to work in")

    def test_brings_files_that_the_host_has_no_part_in(self):
        code = """if 1:
            import os
            print(open("/etc/passwd").read(), oct(os.stat("/etc/passwd").st_mode), os.stat("/etc/passwd").st_uid)
            print(sorted(os.listdir("/run/farl/new")), open("/run/farl/new/b").read())
            directory = os.open("/etc", os.O_RDONLY)
            print(open(os.open("passwd", os.O_RDONLY, dir_fd=directory)).read())
            os.chdir("/etc"); print(open("passwd").read())
            os.unlink("passwd"); print(os.path.exists("/etc/passwd"), os.path.exists("/etc/group"))
            """
        files = [("/etc/passwd", 0o400, b"mine"), ("/run/farl/new/a", 0o644, b"A"), ("/run/farl/new/b", 0o600, b"B" * 3)]
        self.assertEqual(self.python(code, files=files), "mine 0o100400 0\n['a', 'b'] BBB\nmine\nmine\nFalse True\n")

    def test_may_bring_the_program_itself(self):
        script = b"#!/usr/bin/python3 -I\nimport sys; print(sys.argv)\n"
        outcome = self.configured(["run.py", "x"], ["PATH=/opt/shop"], files=[("/opt/shop/run.py", 0o755, script)])
        self.assertEqual(outcome.stdout, "['/opt/shop/run.py', 'x']\n")

    def test_with_files_that_exclude_each_other_is_refused(self):
        files = [("/etc/a", 0o400, b""), ("/etc/a/b", 0o400, b"")]
        self.assert_refused(self.configured(["env"], files=files), "the files of the startup configuration cannot be put in place")

    def test_that_is_damaged_is_refused(self):
        whole = startup_config(["/usr/bin/env"], ["A=b"])
        for damaged in (whole[:-8], whole + bytes(8), whole[:3] + b"x" + whole[4:], b"", b"{}"):
            self.assert_refused(self.meet_cas(message(damaged)), "the startup configuration from the CAS is damaged")


class Others(AttestedStart):
    def test_a_denial_ends_it_with_the_reason(self):
        outcome = self.meet_cas(message(denial("wrong-enclave", "no such MRENCLAVE in shop")))
        self.assert_refused(outcome, "the CAS does not let this enclave in: wrong-enclave: no such MRENCLAVE in shop")
        outcome = self.meet_cas(message(denial("wrong-enclave", "\x1b[2J")))
        self.assert_refused(outcome, "the CAS sends a denial that is damaged")

    def test_another_key_than_the_pinned_one_gets_no_request(self):
        config = message(startup_config(["/usr/bin/env"]))
        self.assertEqual(self.meet_cas(config, self.public).returncode, 0)
        other = self.public[:-1] + ("0" if self.public[-1] != "0" else "1")
        self.assert_refused(self.meet_cas(config, other), "the CAS has another key than the one that it has to have (--cas-key)")

    def test_other_protocols_and_older_versions_are_refused(self):
        config = message(startup_config(["/usr/bin/env"]))
        for options in ({"protocols": ("farl-owner/1",)}, {"protocols": ()}, {"version": ssl.TLSVersion.TLSv1_2}):
            outcome = self.meet_cas(config, **options)
            self.assert_refused(outcome, "what answers is no CAS: it does not speak farl-enclave/1 over TLS 1.3")

    def test_another_kind_of_key_is_refused(self):
        directory = os.path.join(self.directory, "other")
        os.mkdir(directory)
        key, certificate, _ = make_key(directory, "P-256")
        outcome = self.meet(tls(key, certificate, answer(message(startup_config(["/usr/bin/env"])))))
        self.assert_refused(outcome, "the connection to the CAS is broken: TLS fails")

    def test_a_message_that_is_too_large_is_refused_by_its_size(self):
        for size in ((4 << 20) + 1, 0xffffffff):
            self.assert_refused(self.meet_cas(struct.pack(">I", size)), "the CAS sends a message that is too large")

    def test_an_answer_that_is_cut_off_is_refused(self):
        whole = message(startup_config(["/usr/bin/env"]))

        def cut(size, properly):
            def serve(connection):
                connection.recv(100)
                connection.sendall(whole[:size])
                if properly:
                    connection.unwrap()
            return serve
        for size in (0, 3, 4, len(whole) - 1):
            for properly in (True, False):
                outcome = self.meet(tls(self.key, self.certificate, cut(size, properly)))
                self.assertEqual((outcome.returncode, outcome.stdout), (FARL_FAILED, ""))
                self.assertRegex(outcome.stderr, r"^farl: the (CAS has closed the connection, or the host has \(error \d+\)|"
                                                 r"connection to the CAS is broken: TLS fails)\n$")

    def test_whatever_is_no_tls_is_refused(self):
        for noise in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", os.urandom(4000), b"\x16\x03\x03\x40\x00" + os.urandom(0x4000),
                      b"\x15\x03\x03\x00\x02\x02\x28", b"\x17\x03\x03\xff\xff" + bytes(100)):  # fmt: skip
            def serve(connection, noise=noise):
                connection.recv(1000)
                connection.sendall(noise)
            outcome = self.meet(serve)
            self.assertEqual((outcome.returncode, outcome.stdout), (FARL_FAILED, ""))
            self.assertRegex(outcome.stderr, r"^farl: (the|what) [^\n]*CAS[^\n]*\n$")

    def test_an_answer_that_takes_for_ever_is_not_waited_for(self):
        def trickle(connection):
            for byte in b"\x16\x03\x03\x40\x00" + bytes(0x4000):
                connection.sendall(bytes([byte]))
                time.sleep(0.2)
        self.assert_refused(self.meet(trickle), "the CAS does not answer in time")

    def test_a_signal_ends_the_wait(self):
        with Peer(lambda connection: connection.recv(1 << 20) and time.sleep(5)) as peer:
            process = subprocess.Popen([f"{BIN}/attested-launch", peer.address, SERVICE], stderr=subprocess.PIPE, preexec_fn=die_with_parent)
            time.sleep(2)
            process.terminate()
            self.assertEqual(process.wait(60), -15)
            process.stderr.close()


def cbor(data):
    """One item and the rest: as much of CBOR as evidence has."""
    major, size, data = data[0] >> 5, data[0] & 31, data[1:]
    if size >= 24:
        width = 1 << (size - 24)
        size, data = int.from_bytes(data[:width], "big"), data[width:]
    if major in (2, 3):
        return (data[:size] if major == 2 else data[:size].decode()), data[size:]
    if major in (4, 5):
        items = []
        for _ in range(size * (major - 3)):
            item, data = cbor(data)
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2]))), data
    if major == 6:
        item, data = cbor(data)
        return (size, item), data
    assert major == 0
    return size, data


class Evidence(AttestedStart):
    def certificate_shown(self):
        """As the server of another TLS library is shown it; it proves possession of the key."""
        port = free_port()
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-Verify", "1", "-tls1_3", "-alpn", PROTOCOL, "-naccept", "1",
                   "-cert", self.certificate, "-key", self.key]  # fmt: skip
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        try:
            while b"ACCEPT" not in server.stdout.readline():
                pass
            launcher = subprocess.Popen([f"{BIN}/attested-launch", f"127.0.0.1:{port}", SERVICE], stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
            shown = b""
            while b"END CERTIFICATE" not in shown:
                line = server.stdout.readline()
                self.assertNotEqual(line, b"", shown)
                shown += line
        finally:
            server.kill()
            server.communicate()
            launcher.wait(60)
        return re.search(rb"-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----\n", shown, re.S)[0]

    def openssl(self, *arguments, given):
        return subprocess.run(["openssl", *arguments], input=given, check=True, capture_output=True, timeout=60).stdout

    def test_binds_the_key_to_a_quote_of_this_enclave(self):
        pem = self.certificate_shown()
        text = self.openssl("x509", "-noout", "-text", given=pem).decode()
        self.assertIn("2.23.133.5.4.9:", text)
        self.assertNotIn("critical", text)
        self.assertIn("ASN1 OID: prime256v1", text)
        offsets = re.findall(rb"^ *(\d+):.*OCTET STRING", self.openssl("asn1parse", given=pem), re.M)
        self.assertEqual(len(offsets), 1)
        der = self.openssl("x509", "-outform", "DER", given=pem)
        value = self.openssl("asn1parse", "-inform", "DER", "-strparse", offsets[0].decode(), "-noout", "-out", "/dev/stdout", given=der)
        (tag, (quote, claims)), rest = cbor(value)
        self.assertEqual((tag, rest), (60000, b""))
        key = self.openssl("pkey", "-pubin", "-outform", "DER", given=self.openssl("x509", "-noout", "-pubkey", given=pem))
        (claim,), nothing = cbor(claims)[0].items(), cbor(claims)[1]
        self.assertEqual((claim[0], cbor(claim[1]), nothing), ("pubkey-hash", ([1, hashlib.sha256(key).digest()], b""), b""))
        report = quote[48:48 + 384]
        self.assertEqual(report[320:], hashlib.sha256(claims).digest() + bytes(32))
        with open(f"{BIN}/farl-enclave.sigstruct", "rb") as file:
            self.assertEqual(report[64:96], file.read()[960:992])  # MRENCLAVE; SDM vol. 3D, "SIGSTRUCT"

    def test_is_of_another_key_each_time(self):
        keys = {self.openssl("x509", "-noout", "-pubkey", given=self.certificate_shown()) for _ in range(3)}
        self.assertEqual(len(keys), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
