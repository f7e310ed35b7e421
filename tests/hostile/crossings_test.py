"""Entry and exit: poisoned registers, entries in any order, interrupts and faults at every instruction."""

import os
import re
import subprocess
import unittest

from tests.hostile.hostile import BIN, VICTIM, HostileTest, attack

REFUSED_BY_RUNTIME = "exit 3 0"  # wire::Exit::Refused, and nothing in the other registers
HANDLED = "exit 2 0"  # wire::Exit::ExceptionHandled
PATH = 450  # instructions from an entry until the program goes on, and some more



def instructions_of_the_doors():
    """Addresses of what enclave/entry/entry.S executes for a program that runs; not where an entry is refused, which touches
    nothing, nor the first instruction after EENTER and ERESUME: to be interrupted there is not to have entered."""
    image = os.path.join(BIN, "farl-enclave")
    names = {name: int(address, 16) for address, name in re.findall(
        r"^(\w+) T (farl_\w+)$", subprocess.check_output(["nm", image], text=True), re.M)}
    start, end = names["farl_enclave_entry"], names["farl_enter_user"]
    listing = subprocess.check_output(["objdump", "--disassemble", "--no-show-raw-insn", f"--start-address={start}",
                                       f"--stop-address={end}", image], text=True)
    code = [(int(address, 16), text) for address, text in re.findall(r"^\s+(\w+):\t(.*)", listing, re.M)]
    refusal = next(at for at, text in code if at > names["farl_refuse"] and text.startswith("ud2"))
    first = {start, names["farl_fault_entry"]}
    return {at for at, text in code
            if at not in first and not names["farl_refuse"] <= at <= refusal
            and not re.match(r"ud2|nop|xchg\s+%ax,%ax|data16|cs nop", text)}


class Crossings(HostileTest):
    def test_poisoned_registers_change_nothing_inside_and_nothing_leaks_out(self):
        outcome = attack("crossing poison 2000", VICTIM, "registers")
        self.assert_unharmed(outcome, "poison")
        self.assertEqual(outcome.report, [])

    def test_poisoned_registers_mean_nothing_to_trapped_system_calls(self):
        outcome = attack("crossing poison 2000", VICTIM, "registers", options=["--no-patch"])
        self.assert_unharmed(outcome, "poison")
        self.assertEqual(outcome.report, [])

    def test_an_interrupt_may_come_after_every_instruction(self):
        outcome = attack(f"crossing interrupt {PATH}", VICTIM, "registers")
        self.assert_unharmed(outcome, "interrupt")

    def test_an_interrupt_may_come_after_every_instruction_of_a_trapped_system_call(self):
        outcome = attack(f"crossing interrupt {PATH}", VICTIM, "registers", options=["--no-patch"])
        self.assert_unharmed(outcome, "interrupt")

    def test_every_instruction_of_the_doors_may_be_interrupted(self):
        swept = set()
        for script, options in (("sweep 4", []), ("sweep 4 faults", ["--no-patch"])):
            with self.subTest(options=options, script=script):
                outcome = attack(script, VICTIM, "registers", options=options)
                self.assert_unharmed(outcome, script)
                self.assertNotIn("nested", " ".join(outcome.report), "entered while the handler was interrupted")
                swept |= {int(address) for address in re.findall(r"swept\w* (\d+)", "\n".join(outcome.report))}
        doors = instructions_of_the_doors()
        self.assertGreater(len(doors), 150)
        self.assertEqual([hex(at) for at in sorted(doors - swept)], [], "never interrupted")

    def test_a_fault_on_the_way_in_ends_the_enclave_whatever_the_stack_pointer_is(self):
        for instructions in [*range(1, 32), 40, 60, 100, 200]:
            with self.subTest(instructions=instructions):
                outcome = attack(f"crossing fault {instructions}", VICTIM, "registers")
                self.assert_ended(outcome, "fault")
                self.assertRegex(outcome.errors, "exception 14 at 0xfc")

    def test_entries_in_any_order_are_refused_and_change_nothing(self):
        outcome = attack("entries", VICTIM, "compute", options=["--no-patch"])
        self.assert_unharmed(outcome, "entries")
        entries = dict(re.match(r"entry (\w+) (.*)", line).groups() for line in outcome.report)
        self.assertGreater(len(entries), 30)
        for entry, result in entries.items():
            self.assertIn(result, self.allowed(entry), entry)

    @staticmethod
    def allowed(entry):
        """The processor refuses what no TCS, or a busy one, or one without an AEX is entered for; the runtime the rest."""
        if "resumed" in entry or entry.startswith(("beyond", "inside", "busy")):
            return ["refused"]
        return [HANDLED if entry.startswith("handler") else REFUSED_BY_RUNTIME]


if __name__ == "__main__":
    unittest.main(verbosity=2)
