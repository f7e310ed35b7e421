"""Two services of one session, which a real CAS gives certificates: they reach each other over mutual TLS, and nobody else."""

import os
import shutil
import socket
import unittest
from unittest import mock

from tests.net.proxy import Proxy
from tests.net.services import ServiceTest
from tests.support.server import free_port

SESSION = """
farl: 1
name: shop
secrets:
  ca: {{ kind: authority, common_name: Shop, valid_days: 30 }}
  front: {{ kind: certificate, authority: ca, common_name: front, hosts: [ front.shop ], use: client, valid_days: 9 }}
  guest: {{ kind: certificate, authority: ca, common_name: guest, hosts: [ guest.shop ], use: client, valid_days: 9 }}
  db: {{ kind: certificate, authority: ca, common_name: db, hosts: [ db.shop ], valid_days: 9 }}
services:
  db:
    argv: [ /usr/bin/redis-server, --port, {port}, --save, "", --bind, 127.0.0.1, --daemonize, "no" ]
    environment: {{ LC_ALL: C }}
    working_directory: {directory}
    network:
      listen: [ {{ port: {port}, mode: tls-server, certificate: db, authority: ca, names: [ front.shop ], protocol: shop/db }} ]
    attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }}
  front: {{ argv: *, {client}, certificate: front, protocol: shop/db }} ] }} }}
  guest: {{ argv: *, {client}, certificate: guest, protocol: shop/db }} ] }} }}
  stray: {{ argv: *, {client}, certificate: front, protocol: shop/web }} ] }} }}
  plain: {{ argv: *, {plain}
"""
CLIENT = """
    environment: {{ LC_ALL: C }}, attestation: {{ mrenclave: [ {mrenclave} ], emulated: any }},
    network: {{ unix: plain, connect: [ {{ host: db.shop, port: {through}, mode: tls-client, authority: ca"""


@unittest.skipUnless(shutil.which("redis-server") and shutil.which("redis-cli"), "Debian's redis is not installed")
class Services(ServiceTest):
    def create(self, port, through):
        client = CLIENT.format(mrenclave=self.cas.mrenclave(), through=through)
        plain = client[:client.index("network:")] + f"network: {{ connect: [ {{ host: db.shop, port: {through}, mode: plain }} ] }} }}"
        text = SESSION.format(port=port, directory=self.directory, mrenclave=self.cas.mrenclave(), client=client, plain=plain)
        argv = f"[ /usr/bin/redis-cli, -h, db.shop, -p, {through}, SET, word, the-marker ]"
        self.cas.create("shop", text.replace("argv: *", f"argv: {argv}"))

    def test_reach_each_other_and_nobody_else(self):
        port = free_port()
        hosts = os.path.join(self.directory, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write("127.0.0.1 db.shop\n")
        with Proxy(port) as proxy, mock.patch.dict(os.environ, {"CARES_HOSTS": hosts}):
            self.create(port, proxy.port)
            self.start_service("shop/db", "Ready to accept connections")
            outcome = self.run_service("shop/front")
            self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, "OK\n", ""))
            self.assertNotIn(b"the-marker", proxy.passed)
            for service in ("guest", "stray", "plain"):
                outcome = self.run_service(f"shop/{service}")
                self.assertNotIn("OK", outcome.stdout, service)
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(b"PING\r\n")
                self.assertNotIn(b"PONG", connection.recv(100))
            outcome = self.run_service("shop/front")
            self.assertEqual((outcome.returncode, outcome.stdout), (0, "OK\n"))


if __name__ == "__main__":
    unittest.main()
