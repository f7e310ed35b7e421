"""Programs with a shielded network: certificates for them, rules, and their start."""

import ipaddress
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading

from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls
from tests.support.runner import die_with_parent

BIN = os.environ.get("FARL_BIN", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/bin"))
PYTHON = "/usr/bin/python3"
LISTEN, CONNECT = 1, 2
REFUSE, PLAIN, TLS = 0, 1, 2
TLS12, FILES = 1, 2
PLAIN_UDP, PLAIN_UNIX = 1, 2


def rule(direction, mode, port=0, network=None, flags=0, host="", names="", protocol="", certificate="", key="", authority=""):
    """The payload of a network rule: docs/formats/startup-config.md."""
    family, bits, address = 0, 0, bytes(16)
    if network:
        parsed = ipaddress.ip_network(network)
        family, bits, address = parsed.version, parsed.prefixlen, parsed.network_address.packed.ljust(16, b"\0")
    texts = [text.encode() for text in (host, names, protocol, certificate, key)]
    header = struct.pack("<BBBBHH16s5I", direction, mode, flags, bits, port, family, address, *map(len, texts))
    return header + b"".join(texts) + authority.encode()


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **options).stdout


class Authority:
    """A certificate authority of a test, in a directory of its own."""

    def __init__(self, directory, name="authority", kind=("EC", "ec_paramgen_curve:P-256")):
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        self.key, self.certificate = self._path("ca.key"), self._path("ca.pem")
        self._new_key(self.key, *kind)
        openssl("req", "-new", "-x509", "-key", self.key, "-subj", f"/CN={name}", "-days", "2", "-out", self.certificate)

    def _path(self, name):
        return os.path.join(self.directory, name)

    @staticmethod
    def _new_key(path, algorithm, option):
        openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", path)

    @property
    def text(self):
        with open(self.certificate, encoding="ascii") as file:
            return file.read()

    def issue(self, name, hosts=("localhost", "127.0.0.1"), algorithm="EC", days=2, use="serverAuth,clientAuth"):
        """Paths of a certificate and its key; with negative days it has expired."""
        key, request, certificate, extensions = (self._path(f"{name}.{kind}") for kind in ("key", "csr", "pem", "ext"))
        self._new_key(key, algorithm, "ec_paramgen_curve:P-256" if algorithm == "EC" else "rsa_keygen_bits:2048")
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        kinds = [("IP:" if re.fullmatch(r"[0-9.]+|.*:.*", host) else "DNS:") + host for host in hosts]
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={','.join(kinds)}\nextendedKeyUsage={use}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-days", str(days), "-CAcreateserial",
                "-extfile", extensions, "-out", certificate)  # fmt: skip
        return certificate, key

    def texts(self, *arguments, **options):
        """The same, as the fields of a rule."""
        texts = {}
        for field, path in zip(("certificate", "key"), self.issue(*arguments, **options)):
            with open(path, encoding="ascii") as file:
                texts[field] = file.read()
        return texts


class Shield:
    """Starts programs in enclaves with network rules, as a CAS would."""

    def __init__(self, directory):
        self.directory = directory
        self.cas_key, self.cas_certificate, _ = make_key(directory)

    def start(self, arguments, rules, flags=PLAIN_UNIX, environment=("PATH=/usr/bin:/bin",), directory="/", files=(), ticket_keys=(),
              **options):  # fmt: skip
        """The process, once the enclave has its configuration."""
        config = startup_config(arguments, environment, directory, files, network=(flags, rules, ticket_keys))
        serve = tls(self.cas_key, self.cas_certificate, answer(message(config)))
        with Peer(serve) as peer:
            process = subprocess.Popen([f"{BIN}/attested-launch", peer.address, "test/test"], preexec_fn=die_with_parent,
                                       stdin=subprocess.DEVNULL, text=True, **options)  # fmt: skip
            peer.wait()
        return process

    def run(self, arguments, rules, timeout=120, **options):
        """Output and log of a program that ends by itself."""
        process = self.start(arguments, rules, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        try:
            output, log = process.communicate(timeout=timeout)
        finally:
            process.kill()
            process.wait()
        return subprocess.CompletedProcess(arguments, process.returncode, output, log)
