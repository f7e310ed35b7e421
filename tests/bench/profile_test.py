"""Whose time samples of perf are."""

import unittest

from bench.profile import Symbols, counted

NAMES = """\
0000000000000001 a CONSTANT
                 U outside
000000fc00001000 T farl::first(int)
000000fc00001100 t second
000000fc00002000 D data
"""


class ProfileTest(unittest.TestCase):
    def test_addresses_of_the_enclave_have_the_names_of_its_functions(self):
        symbols = Symbols(NAMES)
        self.assertEqual(symbols.name(0xFC00001000), "farl::first(int)")
        self.assertEqual(symbols.name(0xFC000010FF), "farl::first(int)")
        self.assertEqual(symbols.name(0xFC00001100), "second")
        self.assertIsNone(symbols.name(0xFC00000FFF))
        self.assertIsNone(symbols.name(0xFC00002001))

    def test_all_others_keep_what_perf_calls_them(self):
        samples = "     fc00001104 [unknown]\n ffffffff81000000 copy_page\n     7f0000001000 memcpy\n     fc00001108 [unknown]\n"
        seen = counted(samples, Symbols(NAMES))
        self.assertEqual(seen, {"second": 2, "[kernel] copy_page": 1, "[user] memcpy": 1})


if __name__ == "__main__":
    unittest.main()
