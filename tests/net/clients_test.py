"""Debian's clients, unmodified and without TLS of their own, in enclaves: they reach servers behind TLS, and who is on the way sees none of it."""

import os
import unittest

from tests.net import applications_test
from tests.net.applications_test import needs
from tests.net.proxy import Proxy
from tests.net.shield import CONNECT, TLS, Shield, rule
from tests.support.postgres import USER, postgres, program
from tests.support.runner import NATIVE
from tests.support.stunnel import stunnel

MARKER = "the marker that nobody may see"


class Clients(applications_test.ApplicationTest):
    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(Proxy(self.port))

    def run_inside(self, *arguments):
        """What a client prints that reaches the server through the proxy."""
        rules = [rule(CONNECT, TLS, self.proxy.port, names="localhost", authority=self.authority.text)]
        outcome = Shield(self.directory).run([str(argument) for argument in arguments], rules)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout

    def tearDown(self):
        self.assertGreater(len(self.proxy.passed), 500)
        self.assertNotIn(MARKER.encode(), self.proxy.passed)

    @needs("nginx", "curl")
    def test_curl(self):
        with open(os.path.join(self.directory, "page"), "w", encoding="ascii") as file:
            file.write(MARKER)
        self.serve_files()
        self.assertEqual(self.run_inside("/usr/bin/curl", "-sS", f"http://127.0.0.1:{self.proxy.port}/page"), MARKER)

    @needs("memcached", "memccp", "memccat")
    def test_memcached_tools(self):
        with open(os.path.join(self.directory, "word"), "w", encoding="ascii") as file:
            file.write(MARKER)
        self.serve_memcached()
        server = f"--servers=127.0.0.1:{self.proxy.port}"
        self.run_inside("/usr/bin/memccp", server, os.path.join(self.directory, "word"))
        self.assertEqual(self.run_inside("/usr/bin/memccat", server, "word"), MARKER + "\n")

    @needs("stunnel4", *(program(name) for name in ("initdb", "postgres", "psql", "pgbench")))
    def test_psql_and_pgbench(self):
        server = self.enterContext(postgres())
        self.enterContext(stunnel(NATIVE, self.directory, self.port, server.port, *self.authority.issue("database")))
        there = ("-h", "127.0.0.1", "-p", self.proxy.port, "-U", USER)
        answer = self.run_inside(program("psql"), "-X", "-A", "-t", *there, "-c", f"SELECT '{MARKER}', sum(i) FROM generate_series(1, 1000) AS i", "postgres")
        self.assertEqual(answer, f"{MARKER}|500500\n")
        self.run_inside(program("pgbench"), *there, "-i", "-q", "postgres")
        moved = self.run_inside(program("pgbench"), *there, "-n", "-c", 4, "-j", 2, "-t", 25, "postgres")
        self.assertIn("actually processed: 100/100\n", moved)


if __name__ == "__main__":
    unittest.main()
