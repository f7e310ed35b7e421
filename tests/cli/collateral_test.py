#!/usr/bin/env python3
"""`farl attest collateral` against a PCCS of its own, which serves Intel's real collateral, and does its worst with it.

Usage: collateral_test.py DIRECTORY-OF-PROGRAMS
"""
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

PROGRAMS = os.path.abspath(sys.argv.pop(1))
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/vectors/dcap")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from tests.support.runner import die_with_parent  # noqa: E402

QUOTE, COLLATERAL = os.path.join(VECTORS, "sgx_quote.bin"), os.path.join(VECTORS, "sgx_quote_collateral.json")
VALID, ENDED = "2025-07-01T00:00:00Z", "2025-12-01T00:00:00Z"
STEM = "00a067110000-processor"
API = "/sgx/certification/v4"


def answers():
    """{path: (content type, headers, body)} of a PCCS that is well."""
    with open(COLLATERAL, encoding="utf-8") as file:
        parts = json.load(file)

    def signed(member, part, header):
        body = f'{{"{member}":{parts[part]},"signature":"{parts[part + "_signature"]}"}}'
        return "application/json; charset=utf-8", {header: urllib.parse.quote(parts[part + "_issuer_chain"])}, body.encode()

    chain = {"SGX-PCK-CRL-Issuer-Chain": urllib.parse.quote(parts["pck_crl_issuer_chain"])}
    return {f"{API}/tcb?fmspc=00a067110000": signed("tcbInfo", "tcb_info", "TCB-Info-Issuer-Chain"),
            f"{API}/qe/identity": signed("enclaveIdentity", "qe_identity", "SGX-Enclave-Identity-Issuer-Chain"),
            f"{API}/pckcrl?ca=processor&encoding=der": ("application/pkix-crl", chain, bytes.fromhex(parts["pck_crl"])),
            f"{API}/rootcacrl": ("text/html", {}, parts["root_ca_crl"].encode())}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, headers, body = self.server.answers.get(self.path, (None, {}, b""))
        self.send_response(self.server.status if kind else 404)
        for name, value in {"Content-Type": kind or "text/plain", "Content-Length": len(body), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.server.send(self.wfile, body)
        except (ConnectionError, ssl.SSLError):
            pass

    def log_message(self, *arguments):
        pass


class Pccs(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.status = answers(), 200
        self.send = lambda out, body: out.write(body)
        self.url = f"{'https' if certificate else 'http'}://localhost:{self.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def change(self, part, change):
        path = next(path for path in self.answers if part in path)
        self.answers[path] = change(*self.answers[path])

    def stop(self):
        self.shutdown()
        self.server_close()


@unittest.skipUnless(os.path.isdir(VECTORS), f"no test vectors in {VECTORS}")
class Collateral(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-collateral-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.pccs = self.serve()

    def serve(self, *arguments):
        pccs = Pccs(*arguments)
        self.addCleanup(pccs.stop)
        return pccs

    def farl(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.run([f"{PROGRAMS}/farl", "attest", *arguments], capture_output=True, text=True, timeout=300,
                              env={**environment, "XDG_CACHE_HOME": self.directory})

    def update(self, *arguments, time=VALID):
        return self.farl("collateral", "update", "--time", time, *arguments)

    def kept(self):
        directory = os.path.join(self.directory, "farl/collateral")
        return sorted(os.listdir(directory)) if os.path.isdir(directory) else []

    def updated(self, *arguments):
        result = self.update(*arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, f"{STEM}: TCB evaluation number 17, valid until 2025-07-19T10:01:18Z\n")
        self.assertEqual(self.kept(), [f"{STEM}.json"])

    def refused(self, part, *arguments, status=1, **options):
        result = self.update(*arguments, **options)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(part, result.stderr)
        self.assertEqual(self.kept(), [])

    def refused_for_quote(self, part, *arguments):
        self.refused(part, "--pccs", self.pccs.url, "--for", QUOTE, *arguments)

    def verdict(self, time):
        return json.loads(self.farl("verify", "--json", "--time", time, QUOTE).stdout)

    def test_what_a_server_has_is_kept_and_used(self):
        missing = self.verdict(VALID)
        self.assertEqual(missing["reason"], "no-collateral")
        self.assertIn("farl attest collateral update --pccs URL --fmspc 00a067110000 --ca processor", missing["explanation"])
        self.updated("--pccs", self.pccs.url, "--for", QUOTE)
        self.assertEqual(self.verdict(VALID)["mrenclave"][:8], "33d8736d")
        ended = self.verdict(ENDED)
        self.assertEqual(ended["reason"], "collateral-not-valid-now")
        self.assertIn("farl attest collateral update", ended["explanation"])
        self.updated("--pccs", f"{self.pccs.url}{API}/")  # what is there is renewed

    def test_it_is_found_by_what_it_is_for_or_in_a_file(self):
        self.updated("--pccs", self.pccs.url, "--fmspc", "00A067110000", "--ca", "processor")
        self.updated("--file", COLLATERAL)
        self.updated("--file", os.path.join(self.directory, f"farl/collateral/{STEM}.json"))

    def test_the_list_tells_what_is_valid(self):
        self.assertEqual(self.farl("collateral", "list", "--json").stdout, "[]\n")
        self.updated("--file", COLLATERAL)
        os.mkfifo(os.path.join(self.directory, "farl/collateral/fifo.json"))
        for time, status in ((VALID, "valid"), (ENDED, "collateral-not-valid-now")):
            entry, fifo = json.loads(self.farl("collateral", "list", "--json", "--time", time).stdout)
            self.assertEqual((entry["fmspc"], entry["ca"], entry["status"]), ("00a067110000", "processor", status))
            self.assertEqual(fifo["status"], "no-collateral")
            self.assertIn(f"status {status}", self.farl("collateral", "list", "--time", time).stdout)

    def test_wrong_signatures_and_wrong_times(self):
        for part in ("/tcb", "/qe/identity"):
            self.pccs.change(part, lambda kind, headers, body: (kind, headers, body.replace(b"2025-06-19", b"2025-06-18", 1)))
            self.refused_for_quote("(invalid-collateral-signature)")
            self.pccs.answers = answers()
        self.pccs.change("/pckcrl", lambda kind, headers, body: (kind, headers, body[:-1] + bytes([body[-1] ^ 1])))
        self.refused_for_quote("the signature of pck_crl is wrong")
        self.pccs.answers = answers()
        self.refused("(collateral-not-valid-now)", "--pccs", self.pccs.url, "--for", QUOTE, time=ENDED)

    def test_answers_of_the_wrong_size_form_and_kind(self):
        for change, part in ((lambda kind, headers, body: (kind, headers, body + b" " * (1 << 20)), "too large"),
                             (lambda kind, headers, body: (kind, {**headers, "X-Filler": "f" * 90000}, body), "too large"),
                             (lambda kind, headers, body: (kind, headers, body[:len(body) // 2]), "and a signature"),
                             (lambda kind, headers, body: (kind, headers, b'{"tcbInfo":,"signature":"}'), "ends early"),
                             (lambda kind, headers, body: (kind, headers, b'{"tcbInfo":,"signature":"ab"}'), "is not 64 bytes"),
                             (lambda kind, headers, body: (kind, headers, b'{"tcbInfo":{"version":' + b"[" * 100000
                                                           + b"]" * 100000 + b'},"signature":"' + b"00" * 64 + b'"}'), "damaged"),
                             (lambda kind, headers, body: ("text/html", headers, body), "is not JSON"),
                             (lambda kind, headers, body: (kind, {}, body), "no header TCB-Info-Issuer-Chain")):
            self.pccs.change("/tcb", change)
            self.refused_for_quote(part)
            self.pccs.answers = answers()
        del self.pccs.answers[f"{API}/rootcacrl"]
        self.refused_for_quote("answered with status 404")

    def test_answers_that_break_off_or_never_end(self):
        self.pccs.send = lambda out, body: out.write(body[:100])
        self.refused_for_quote(f"{self.pccs.url}{API}/tcb")
        stop = threading.Event()
        self.addCleanup(stop.set)
        self.pccs.send = lambda out, body: (out.write(body[:100]), out.flush(), stop.wait(600))
        self.refused_for_quote("no whole answer within 1 s", "--timeout", "1")

    def test_redirects_are_refused(self):
        other = self.serve()
        self.pccs.status = 302
        for path, (kind, headers, body) in answers().items():
            self.pccs.answers[path] = (kind, {**headers, "Location": other.url + path}, body)
        self.refused_for_quote("redirects are not followed")

    def test_a_server_with_tls_is_believed_if_somebody_vouches_for_it(self):
        certificate = os.path.join(self.directory, "server.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", certificate,
                        "-out", certificate + ".crt", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True, timeout=60)
        with open(certificate + ".crt", encoding="utf-8") as made, open(certificate, "a", encoding="utf-8") as both:
            both.write(made.read())
        self.pccs = self.serve(certificate)
        self.refused_for_quote("nobody trusted vouches")
        self.updated("--pccs", self.pccs.url, "--for", QUOTE, "--tls-ca", certificate + ".crt")

    def test_a_cas_says_that_nothing_valid_is_there(self):
        self.updated("--file", COLLATERAL)  # valid then, not now
        state, key = os.path.join(self.directory, "cas"), os.path.join(self.directory, "alice.pem")
        alice = subprocess.run([f"{PROGRAMS}/farl", "policy", "key", "--new", key], capture_output=True, text=True, timeout=60).stdout.strip()
        command = [f"{PROGRAMS}/farl", "cas", "serve", "--state", state, "--owner", alice, "--listen", "127.0.0.1:0", "--enclaves", "127.0.0.1:0"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent,
                              env={**os.environ, "XDG_CACHE_HOME": self.directory}) as cas:
            told = cas.stderr.readline()
            cas.terminate()
        self.assertIn(f"no valid collateral in {self.directory}/farl/collateral", told)
        self.assertIn("farl attest collateral update", told)

    def test_wrong_options(self):
        for part, status, arguments in (("http:// is for localhost only", 1, ["--pccs", "http://192.0.2.1", "--for", QUOTE]),
                                        ("expected a URL", 1, ["--pccs", "ftp://localhost", "--for", QUOTE]),
                                        ("expected 12 hex", 2, ["--pccs", self.pccs.url, "--fmspc", "00", "--ca", "platform"]),
                                        ("expected `processor`", 2, ["--pccs", self.pccs.url, "--fmspc", "0" * 12, "--ca", "x"]),
                                        ("nothing is kept yet", 2, ["--pccs", self.pccs.url]),
                                        ("name a server with --pccs", 2, []), ("nonexistent", 127, ["--file", "/nonexistent"]),
                                        ("of quotes is not supported", 1, ["--pccs", self.pccs.url, "--for", COLLATERAL])):
            self.refused(part, *arguments, status=status)


if __name__ == "__main__":
    unittest.main()
