"""The sqlite3 shell: databases made under test are read natively, and the other way round."""

import os
import sqlite3

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main

FILL = b"""
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INTEGER, UNIQUE(name));
CREATE TABLE visits(person INTEGER REFERENCES people(id), place TEXT, day INTEGER);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
  INSERT INTO people SELECT i, printf('person %05d', i), 1900 + i % 120 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
  INSERT INTO visits SELECT 1 + i * 7919 % 20000, 'place ' || i % 97, i % 365 FROM n;
COMMIT;
CREATE INDEX visits_by_person ON visits(person);
"""

QUERIES = b"""
SELECT count(*), min(born), max(born), avg(born) FROM people;
SELECT place, count(DISTINCT person) AS n FROM visits GROUP BY place ORDER BY n DESC, place LIMIT 10;
SELECT name, count(*) FROM people JOIN visits ON person = id WHERE born = 1984 GROUP BY id ORDER BY name LIMIT 20;
SELECT name FROM people WHERE name LIKE '%0042' ORDER BY 1;
SELECT json_extract('{"a":[1,2,3]}', '$.a[2]'), upper('enclave'), hex(zeroblob(4)), round(2.5), date(0, 'unixepoch');
UPDATE people SET born = born + 1 WHERE id % 3 = 0;
DELETE FROM visits WHERE day = 7;
SELECT sum(born) FROM people;
PRAGMA integrity_check;
INSERT INTO people(name) VALUES ('person 00001');
"""


class SqliteTest(AppTest):
    def sqlite(self, runner, database, script):
        return runner.run("sqlite3", database, stdin=script)

    def filled(self, runner):
        database = os.path.join(self.directory(), "people.db")
        self.assertEqual(self.sqlite(runner, database, FILL).status, 0)
        return database

    def test_the_same_script_gives_the_same_answers(self):
        native = self.sqlite(NATIVE, self.filled(NATIVE), QUERIES)
        tested = self.sqlite(UNDER_TEST, self.filled(UNDER_TEST), QUERIES)
        self.assert_agree(native, tested)
        self.assertIn("\nok\n", tested.text)
        self.assertIn("UNIQUE constraint failed", tested.errors)

    def test_an_in_memory_database_needs_no_file(self):
        tested = self.both("sqlite3", ":memory:", stdin=FILL + QUERIES)
        self.assertIn("\nok\n", tested.text)

    def test_a_database_made_under_test_is_the_native_one_byte_for_byte(self):
        with open(self.filled(NATIVE), "rb") as native, open(self.filled(UNDER_TEST), "rb") as tested:
            self.assert_same_bytes(native.read(), tested.read(), "database file")

    def test_a_native_database_is_read_and_changed(self):
        database = self.filled(NATIVE)
        self.sqlite(UNDER_TEST, database, b"UPDATE people SET name = 'renamed' WHERE id = 5;")
        answer = self.sqlite(NATIVE, database, b"SELECT name FROM people WHERE id = 5; PRAGMA integrity_check;")
        self.assertEqual(answer.text, "renamed\nok\n")

    def test_a_write_ahead_log_is_checkpointed_into_the_database(self):
        answers = []
        for runner in (NATIVE, UNDER_TEST):
            database = self.filled(runner)
            first = self.sqlite(runner, database, b"PRAGMA journal_mode = WAL;" + QUERIES)
            second = self.sqlite(runner, database, b"PRAGMA journal_mode; SELECT sum(born) FROM people;")
            answers.append((first.text, second.text))
            self.assertEqual(sorted(os.listdir(os.path.dirname(database))), ["people.db"])
            checked = self.sqlite(NATIVE, database, b"PRAGMA integrity_check;")
            self.assertEqual(checked.text, "ok\n")
        self.assertTrue(answers[1][0].startswith("wal\n"))
        self.assertEqual(answers[0], answers[1])

    def test_a_rolled_back_transaction_leaves_nothing(self):
        database = self.filled(UNDER_TEST)
        self.sqlite(UNDER_TEST, database, b"BEGIN; DELETE FROM people; ROLLBACK;")
        self.assertEqual(self.sqlite(UNDER_TEST, database, b"SELECT count(*) FROM people;").text, "20000\n")

    def test_a_locked_database_is_refused(self):
        """This process holds the lock: the lock is the host's, so the one under test must see it."""
        database = self.filled(NATIVE)
        holder = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN EXCLUSIVE")
        refused = self.sqlite(UNDER_TEST, database, b"DELETE FROM people;")
        self.assertIn("database is locked", refused.errors)
        self.assertNotEqual(refused.status, 0)

    def test_dump_and_reload_are_inverse(self):
        dumped = self.succeeds("sqlite3", self.filled(NATIVE), ".dump")
        copy = os.path.join(self.directory(), "copy.db")
        self.assertEqual(self.sqlite(UNDER_TEST, copy, dumped.stdout).status, 0)
        self.assert_same_bytes(dumped.stdout, NATIVE.run("sqlite3", copy, ".dump").stdout, "dump")


if __name__ == "__main__":
    main("sqlite3")
