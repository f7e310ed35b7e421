"""bash: built-in commands and scripts that do not fork."""

import os
import signal

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts", "builtins.sh")


class BashTest(AppTest):
    def test_a_script_of_built_ins_agrees(self):
        native = NATIVE.run("bash", SCRIPT, self.directory())
        tested = UNDER_TEST.run("bash", SCRIPT, self.directory())
        self.assert_agree(native, tested)
        self.assertEqual(tested.status, 7)
        self.assertTrue(tested.text.endswith("leaving with 7\n"), tested.text)

    def test_a_script_on_stdin_agrees(self):
        tested = self.both("bash", stdin=b"echo $((6 * 7)); exit 3\n")
        self.assertEqual((tested.status, tested.text), (3, "42\n"))

    def test_an_error_is_reported_with_its_line(self):
        tested = self.both("bash", "-c", "set -u; echo before; echo $undefined; echo after")
        self.assertNotEqual(tested.status, 0)
        self.assertIn("undefined: unbound variable", tested.errors)

    def test_a_signal_it_sends_itself_ends_it(self):
        for name in ("TERM", "KILL", "HUP", "ABRT", "SEGV"):
            with self.subTest(name):
                tested = self.both("bash", "-c", f"kill -{name} $$; echo not reached")
                self.assertEqual(tested.status, -signal.Signals[f"SIG{name}"])

    def test_dash_agrees(self):
        program = "i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); done; echo $i; read a b; echo $b; exit 5"
        self.assertEqual(self.both("dash", "-c", program, stdin=b"x y z\n").text, "1000\ny z\n")


if __name__ == "__main__":
    main("bash", "dash")
