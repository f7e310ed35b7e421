"""psql and pgbench as clients under test, against a native PostgreSQL server."""

from tests.support.postgres import USER, postgres, program
from tests.support.runner import NATIVE, UNDER_TEST, UNDER_TEST_BY_HOST_CALLS
from tests.support.suite import AppTest, main

SCRIPT = b"""
CREATE TABLE places(id serial PRIMARY KEY, name text UNIQUE, size numeric(12, 2));
INSERT INTO places(name, size) SELECT 'place ' || i, i * 1.25 FROM generate_series(1, 5000) AS i;
SELECT count(*), sum(size), avg(size) FROM places;
\\copy places(name, size) FROM STDIN
copied\t1
another\t2.5
\\.
SELECT name, size FROM places WHERE id > 4995 ORDER BY id;
\\copy (SELECT id, name FROM places ORDER BY id LIMIT 2000) TO STDOUT
INSERT INTO places(name) VALUES ('copied');
\\d places
SELECT repeat('x', 100000);
DROP TABLE places;
"""

BALANCES = b"""
SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(bbalance) FROM pgbench_branches),
       (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(delta) FROM pgbench_history),
       (SELECT count(*) FROM pgbench_history);
"""


class PostgresTest(AppTest):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(postgres())

    def connection(self, host="127.0.0.1"):
        return ("-h", host, "-p", self.server.port, "-U", USER)

    def psql(self, runner, script, host="127.0.0.1"):
        return runner.run(program("psql"), "-X", *self.connection(host), "postgres", stdin=script)

    def test_psql_shows_what_it_shows_natively(self):
        for host in ("127.0.0.1", self.server.place):
            with self.subTest(host):
                native, tested = (self.psql(runner, SCRIPT, host) for runner in (NATIVE, UNDER_TEST))
                self.assert_agree(native, tested)
                self.assertIn("duplicate key", tested.errors)

    def test_pgbench_moves_money_and_loses_none(self):
        moved = 0
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            for options in (("-M", "prepared"), ("-C",)):
                with self.subTest(way, options=options):
                    if not moved:
                        self.fill(runner)
                    moved += self.move_money(runner, options)
                    told = self.psql(NATIVE, b"\\t\n\\a\n" + BALANCES).text
                    self.assertEqual(told.splitlines()[-1], f"t|t|{moved}")

    def fill(self, runner):
        done = runner.run(program("pgbench"), *self.connection(), "-i", "-q", "postgres")
        self.assertEqual(done.status, 0, done.errors)

    def move_money(self, runner, options, clients=8, each=10):
        command = (program("pgbench"), *self.connection(), "-n", "-c", clients, "-j", 4, "-t", each, *options, "postgres")
        done = runner.run(*command)
        self.assertEqual(done.status, 0, done.errors)
        self.assertIn(f"actually processed: {clients * each}/{clients * each}\n", done.text)
        return clients * each


if __name__ == "__main__":
    main(*(program(name) for name in ("initdb", "postgres", "psql", "pgbench")))
