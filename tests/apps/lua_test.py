"""lua5.4: one program over many of its parts."""

import os

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts", "program.lua")


class LuaTest(AppTest):
    def test_a_program_agrees(self):
        directory = self.directory()
        options = {"stdin": b"abc\ndef\n", "env": {"FARL_LUA": "from the environment"}}
        native = NATIVE.run("lua5.4", SCRIPT, directory, **options)
        tested = UNDER_TEST.run("lua5.4", SCRIPT, directory, **options)
        self.assert_agree(native, tested)
        self.assertEqual(tested.status, 9)
        self.assertIn("primes\t17984\t199999\n", tested.text)
        self.assertTrue(tested.text.endswith("stdin\tcba\nstdin\tfed\n"), tested.text)

    def test_an_uncaught_error_ends_with_status_1(self):
        tested = self.both("lua5.4", "-e", "error('deliberate')")
        self.assertEqual(tested.status, 1)
        self.assertIn("deliberate", tested.errors)


if __name__ == "__main__":
    main("lua5.4")
