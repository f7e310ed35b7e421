"""perl: one program over many of its parts."""

import os

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts", "program.pl")


class PerlTest(AppTest):
    def test_a_program_agrees(self):
        native = NATIVE.run("perl", SCRIPT, self.directory())
        tested = UNDER_TEST.run("perl", SCRIPT, self.directory())
        self.assert_agree(native, tested)
        self.assertEqual(tested.errors, "the end\n")
        self.assertIn("received over loopback\nalarm\ncaught signal in eval\n", tested.text)

    def test_a_filter_on_stdin_agrees(self):
        lines = b"".join(b"%d\n" % n for n in range(20_000))
        tested = self.succeeds("perl", "-ne", "$s += $_; END { print qq($s\\n) }", stdin=lines)
        self.assertEqual(tested.text, "199990000\n")


if __name__ == "__main__":
    main("perl")
