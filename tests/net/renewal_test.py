"""What a CAS renews while enclaves run: certificates before they end, and keys of session tickets, which replicas share."""

import json
import os
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from tests.net.services import ServiceTest
from tests.support.server import free_port

# Replicas have one configuration, so each listens at the first address that is free.
SERVER = """
import socket, sys
for last in range(1, 9):
    try:
        listener = socket.create_server((f"127.0.0.{last}", int(sys.argv[1])))
        break
    except OSError:
        pass
print("listening at", listener.getsockname()[0], flush=True)
while True:
    connection = listener.accept()[0]
    try:
        connection.sendall(connection.recv(100))
    except OSError:
        pass
    connection.close()
"""
SESSION = """
farl: 1
name: {name}
secrets:
{secrets}
services:
  web:
    argv: [ /usr/bin/python3, -c, {program}, "{port}" ]
    network: {{ listen: [ {{ port: {port}, mode: tls-server, {rule}, tls12: true }} ] }}
    {more}
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }}
"""
OWN = """
  ca: {{ kind: authority, common_name: CA, valid_days: 30, export: [ {{ session: other }} ] }}
  web: {{ kind: certificate, authority: ca, common_name: web, hosts: [ web.test ], lifetime: {lifetime},
         export: [ {{ session: other }} ] }}"""
IMPORTED = """
  ca: { kind: imported, session: shop, secret: ca }
  web: { kind: imported, session: shop, secret: web }"""


class RenewalTest(ServiceTest):
    def text(self, name, secrets, port, rule="certificate: web", more="", mrenclave=None):
        return SESSION.format(name=name, secrets=secrets, port=port, rule=rule, more=more, program=json.dumps(SERVER),
                              mrenclave=mrenclave or self.cas.mrenclave())  # fmt: skip

    def create(self, name, secrets, **options):
        port = free_port()
        self.cas.create(name, self.text(name, secrets, port, **options))
        return port

    def start(self, session, port, *options):
        """Where it listens. What it logs is in log_text()."""
        self.log = tempfile.TemporaryFile("w+")
        self.addCleanup(self.log.close)
        lines = self.start_service(f"{session}/web", "listening at", *options, stderr=self.log)[1]
        return lines[-1].split()[-1], port

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    @staticmethod
    def context(version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        return context

    @staticmethod
    def ask(place, context, session=None):
        """The certificate in DER, the session after it, and whether that was an earlier one."""
        with socket.create_connection(place, timeout=60) as raw:
            with context.wrap_socket(raw, server_hostname="web.test", session=session) as connection:
                connection.sendall(b"hello")
                assert connection.recv(100) == b"hello"
                return connection.getpeercert(binary_form=True), connection.session, connection.session_reused

    def wait_for(self, what):
        deadline = time.monotonic() + 120
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)


class Certificates(RenewalTest):
    def test_are_renewed_while_the_enclave_runs_also_after_the_cas_was_away(self):
        place = self.start("shop", self.create("shop", OWN.format(lifetime="12s")))
        certificate = self.ask(place, self.context())[0]
        self.wait_for(lambda: self.ask(place, self.context())[0] != certificate)
        self.assertGreater(self.not_before(self.ask(place, self.context())[0]), self.not_before(certificate))

        self.cas.kill()
        complaint = "network shield: the CAS gives no newer certificates and ticket keys (error "
        self.wait_for(lambda: complaint in self.log_text())
        certificate = self.ask(place, self.context())[0]
        self.cas.start_again()
        self.wait_for(lambda: self.ask(place, self.context())[0] != certificate)
        self.assertEqual(self.log_text().count("network shield"), 1, self.log_text())

    @staticmethod
    def not_before(certificate):
        text = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-startdate"], input=certificate, check=True,
                              capture_output=True).stdout.decode()  # fmt: skip
        return ssl.cert_time_to_seconds(text.split("=")[1].strip())

    def test_are_not_renewed_for_who_is_not_what_the_session_asks_for_any_more(self):
        secrets = OWN.format(lifetime="8s")
        port = self.create("shop", secrets)
        place = self.start("shop", port)
        shown = json.loads(self.cas.policy("show", "shop", "--json"))
        with open(os.path.join(self.directory, "newer.yaml"), "w", encoding="utf-8") as file:
            file.write(self.text("shop", secrets, port, mrenclave="11" * 32) + f"predecessor: {shown['hash']}\n")
        self.cas.policy("update", "newer.yaml")
        self.wait_for(lambda: "certificates and ticket keys: wrong-enclave: " in self.log_text())
        self.ask(place, self.context())


class ClientCertificates(RenewalTest):
    SECRETS = OWN.format(lifetime="9d") + """
  client: { kind: certificate, authority: ca, common_name: client, hosts: [ client.test ], use: client, lifetime: 30s }"""
    SHOW = """
  show:
    argv: [ /usr/bin/cat, /client.pem ]
    files: {{ /client.pem: {{ content: {{ secret: client, part: {part} }} }} }}
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }}
"""

    def test_end_the_sessions_that_began_with_them(self):
        port = free_port()
        show = "".join(self.SHOW.format(part=part, mrenclave=self.cas.mrenclave()).replace("show", f"show-{part}") for part in ("key", "chain"))
        self.cas.create("shop", self.text("shop", self.SECRETS, port, "certificate: web, authority: ca, names: [ client.test ]") + show)
        place = self.start("shop", port)
        path = os.path.join(self.directory, "client.pem")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(self.run_service(f"shop/show-{part}").stdout for part in ("key", "chain"))
        context = self.context()
        context.load_cert_chain(path)
        session = self.ask(place, context)[1]
        self.assertTrue(self.ask(place, context, session)[2])

        def is_refused():
            try:
                self.ask(place, context, session)
            except (AssertionError, OSError):
                return True
            return False
        self.wait_for(is_refused)
        self.wait_for(lambda: "refused: certificate has expired" in self.log_text())


class Tickets(RenewalTest):
    def test_are_good_at_each_replica_and_in_no_other_session(self):
        shop = self.create("shop", OWN.format(lifetime="9d"))
        first, second = self.start("shop", shop), self.start("shop", shop)
        self.assertNotEqual(first, second)
        other = self.start("other", self.create("other", IMPORTED))
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.context(version)
            certificate, session, is_resumed = self.ask(first, context)
            self.assertFalse(is_resumed)
            self.assertTrue(self.ask(second, context, session)[2])
            elsewhere, _, is_resumed = self.ask(other, context, session)
            self.assertEqual((elsewhere, is_resumed), (certificate, False))


class TicketRotation(RenewalTest):
    CAS_OPTIONS = ("--ticket-keys", "3")

    def test_ends_old_tickets_and_goes_on_with_new_ones(self):
        self.assert_rotates("certificate: web")

    def test_does_so_with_certificates_in_files(self):
        self.assert_rotates("certificate: { file: /tls/web.pem, key: /tls/web.key }", more="""
    files:
      /tls/web.pem: { content: { secret: web, part: chain } }
      /tls/web.key: { content: { secret: web, part: key } }""")

    def test_does_so_beside_what_is_told_of_volumes(self):
        self.assert_rotates("certificate: web", "--volume", "data=data.volume", more="volumes: { data: { path: /data } }")

    def assert_rotates(self, rule, *options, more=""):
        place = self.start("shop", self.create("shop", OWN.format(lifetime="9d"), rule=rule, more=more), *options)
        context = self.context()
        session = self.ask(place, context)[1]
        self.wait_for(lambda: not self.ask(place, context, session)[2])
        self.wait_for(lambda: self.ask(place, context, self.ask(place, context)[1])[2])
        self.assertNotIn("network shield", self.log_text())


if __name__ == "__main__":
    unittest.main()
