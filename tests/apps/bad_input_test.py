"""What Farl cannot run: one clear line on stderr, the status a shell would give, and never a crash."""

import os
import random
import shutil
import struct
import subprocess
import sys

from tests.support.runner import UNDER_TEST
from tests.support.suite import SKIPPED, AppTest, main, program

USAGE, NOT_RUNNABLE, NOT_FOUND = 2, 126, 127
REFUSALS = (USAGE, 125, NOT_RUNNABLE, NOT_FOUND)

# Where things lie in an ELF64 header and in a program header: offset and struct format.
E_CLASS, E_TYPE, E_MACHINE, E_PHOFF, E_PHENTSIZE, E_PHNUM = (4, "B"), (16, "H"), (18, "H"), (32, "Q"), (54, "H"), (56, "H")
E_ENTRY = (24, "Q")
P_TYPE, P_OFFSET, P_VADDR, P_FILESZ, P_MEMSZ = (0, "I"), (8, "Q"), (16, "Q"), (32, "Q"), (40, "Q")
PT_LOAD, PT_INTERP = 1, 3


class Elf:
    """The bytes of a program, to be spoiled."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = bytearray(file.read())

    def get(self, field, base=0):
        return struct.unpack_from("<" + field[1], self.bytes, base + field[0])[0]

    def set(self, field, value, base=0):
        struct.pack_into("<" + field[1], self.bytes, base + field[0], value)
        return self

    def segment(self, kind):
        """Where the first program header of this type lies."""
        headers = range(self.get(E_PHOFF), self.get(E_PHOFF) + 56 * self.get(E_PHNUM), 56)
        return next(at for at in headers if self.get(P_TYPE, at) == kind)

    def truncated(self, size):
        del self.bytes[size:]
        return self


class BadInputTest(AppTest):
    def run_it(self, *command, options=()):
        """The raw stderr: here Farl's own lines are what counts."""
        line = UNDER_TEST.with_options("--quiet", *options).command(*command)
        return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def refused(self, status, *command, options=()):
        done = self.run_it(*command, options=options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Afarl: [^\n]+\n\Z")
        return done.stderr

    def written(self, contents, mode=0o755):
        path = os.path.join(self.directory(), "program")
        with open(path, "wb") as file:
            file.write(contents)
        os.chmod(path, mode)
        return path

    def test_what_is_not_there(self):
        self.assertIn("/no/such/program", self.refused(NOT_FOUND, "/no/such/program"))
        self.assertIn("no-such-program", self.refused(NOT_FOUND, "no-such-program"))
        self.refused(NOT_FOUND, "")

    def test_what_is_no_program(self):
        for contents in (b"", b"\n", b"plain text\n", b"\x7fEL", bytes(4096)):
            with self.subTest(contents[:8]):
                self.refused(NOT_RUNNABLE, self.written(contents))
        self.refused(NOT_RUNNABLE, "/etc")
        self.refused(NOT_RUNNABLE, "/dev/null")

    def test_what_may_not_be_executed(self):
        self.refused(NOT_RUNNABLE, self.written(Elf(program("raw")).bytes, mode=0o644))

    def test_a_script_whose_interpreter_is_missing(self):
        self.refused(NOT_FOUND, self.written(b"#!/no/such/interpreter\n"))

    def test_a_script_runs_in_its_interpreter(self):
        done = self.run_it(self.written(b"#!/bin/bash -u\necho script $1\n"), "argument")
        self.assertEqual((done.returncode, done.stdout), (0, "script argument\n"), done.stderr)

    def test_a_program_whose_interpreter_is_missing(self):
        elf = Elf(program("report_dynamic"))
        start = elf.get(P_OFFSET, elf.segment(PT_INTERP))
        elf.bytes[start : start + 4] = b"/no/"
        self.assertIn("/no/", self.refused(NOT_FOUND, self.written(elf.bytes)))

    def test_programs_for_other_machines(self):
        for name, field, value in (("32-bit", E_CLASS, 1), ("i386", E_MACHINE, 3), ("Arm", E_MACHINE, 183)):
            with self.subTest(name):
                self.refused(NOT_RUNNABLE, self.written(Elf(program("raw")).set(field, value).bytes))

    def test_truncated_headers(self):
        for size in (5, 16, 40, 63, 64, 100):
            with self.subTest(size):
                self.refused(NOT_RUNNABLE, self.written(Elf(program("raw")).truncated(size).bytes))

    def test_insane_headers(self):
        for name, field, value in (
            ("relocatable", E_TYPE, 1),
            ("core file", E_TYPE, 4),
            ("headers beyond the file", E_PHOFF, 1 << 40),
            ("headers at the end of the address space", E_PHOFF, (1 << 64) - 8),
            ("no program headers", E_PHNUM, 0),
            ("too many program headers", E_PHNUM, 0xFFFF),
            ("small program headers", E_PHENTSIZE, 32),
        ):
            with self.subTest(name):
                self.refused(NOT_RUNNABLE, self.written(Elf(program("raw")).set(field, value).bytes))

    def test_insane_segments(self):
        for name, field, value in (
            ("contents beyond the file", P_OFFSET, 1 << 30),
            ("contents that wrap around", P_OFFSET, (1 << 64) - 4096),
            ("longer in the file than in memory", P_FILESZ, 1 << 20),
            ("ends beyond the address space", P_MEMSZ, 1 << 48),
            ("ends after a wrap-around", P_MEMSZ, (1 << 64) - 4096),
            ("in the kernel's half", P_VADDR, 0xFFFF800000000000),
            ("not aligned", P_VADDR, 0x400001),
        ):
            with self.subTest(name):
                elf = Elf(program("raw"))
                elf.set(field, value, elf.segment(PT_LOAD))
                self.refused(NOT_RUNNABLE, self.written(elf.bytes))

    def test_an_entry_point_outside_the_program_is_its_own_crash(self):
        done = self.run_it(self.written(Elf(program("raw")).set(E_ENTRY, 0x10).bytes))
        self.assertEqual(done.returncode, -11, done.stderr)

    def test_spoiled_headers_never_crash_or_hang(self):
        """The program may run, crash by itself or be refused; a refusal is always one line."""
        chance = random.Random(2016)
        for turn in range(40):
            elf = Elf(program("report_dynamic" if turn % 2 else "raw"))
            for _ in range(chance.randrange(1, 4)):
                elf.bytes[chance.randrange(16, 64 + 56 * 4)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            with self.subTest(turn):
                done = self.run_it(self.written(elf.bytes))
                if done.returncode in REFUSALS:
                    self.assertRegex(done.stderr, r"\A[^\n]+\n\Z")

    def test_wrong_options(self):
        for options in (
            ("--no-such-option",),
            ("--heap", "1K"),
            ("--heap", "none"),
            ("--heap", "-1G"),
            ("--carriers", "0"),
            ("--platform", "nonsense"),
            ("--cwd", "/no/such/directory"),
            ("--rootfs", "/no/such/directory"),
        ):
            with self.subTest(" ".join(options)):
                self.refused(USAGE, "/bin/true", options=options)

    def test_no_program_at_all(self):
        self.assertEqual(self.run_it().returncode, USAGE)

    def test_a_corrupt_library_is_reported_by_the_loader(self):
        directory = self.directory()
        with open(f"{directory}/libz.so.1", "wb") as file:
            file.write(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01" + bytes(80))
        shutil.copy("/usr/bin/python3", f"{directory}/python3")
        done = UNDER_TEST.run(f"{directory}/python3", env={"LD_LIBRARY_PATH": directory})
        self.assertEqual(done.status, 127, done.errors)
        self.assertIn("libz.so.1", done.errors)


if __name__ == "__main__":
    if UNDER_TEST.is_native:
        print("skipped: these messages are Farl's; there is no runner under test")
        sys.exit(SKIPPED)
    main()
