#!/usr/bin/env python3
"""The command `farl` as a person meets it: wrong input gets one clear line and a status; a start hands over in place.

The hand-over is watched by a stand-in for the launcher, so these tests say nothing about enclaves.
Usage: command_test.py DIRECTORY-OF-PROGRAMS
"""
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = os.path.abspath(sys.argv.pop(1))
F_GET_SEALS = 1034
ALL_SEALS = 0xF

# Prints what it was given, as JSON.
STAND_IN = """#!%s
import fcntl, json, os, sys
fd = int(sys.argv[sys.argv.index("--config-fd") + 1])
os.lseek(fd, 0, os.SEEK_SET)
open_fds = [int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)]
print(json.dumps({"arguments": sys.argv[1:], "pid": os.getpid(), "environment": dict(os.environ), "fd": fd, "fds": open_fds,
                  "seals": fcntl.fcntl(fd, %d), "config": os.read(fd, 1 << 20).hex()}))
""" % (os.path.realpath(sys.executable), F_GET_SEALS)


def records(config):
    """[(type, payload)] of docs/formats/launch-config.md."""
    assert config[:8] == b"FARLLNCH"
    at, found = 24, []
    while at < len(config):
        kind, length = int.from_bytes(config[at:at + 4], "little"), int.from_bytes(config[at + 8:at + 16], "little")
        found.append((kind, config[at + 16:at + 16 + length]))
        at += 16 + (length + 7) // 8 * 8
    return found


def texts(config, kind):
    return [payload.decode() for found, payload in records(config) if found == kind]


class Command(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-cli-")
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content, mode=0o755):
        with open(self.path(name), "wb") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)


class BadInput(Command):
    def expect(self, status, part, *arguments, **options):
        result = subprocess.run([f"{PROGRAMS}/farl", *arguments], capture_output=True, text=True, timeout=60, **options)
        lines = result.stderr.splitlines()
        self.assertEqual((result.returncode, result.stdout, len(lines)), (status, "", 1), result.stderr)
        self.assertTrue(lines[0].startswith("farl: "), lines[0])
        self.assertIn(part, lines[0])

    def test_wrong_words(self):
        self.expect(2, "no command")
        self.expect(2, "no such command", "walk")
        self.expect(2, "no program", "run")
        self.expect(2, "no program", "run", "--")
        self.expect(2, "--bogus", "run", "--bogus", "true")
        self.expect(2, "smallest heap is 16M", "run", "--heap", "1M", "true")
        self.expect(2, "only the emulator charges", "run", "--platform", "sgx", "--emulate-costs", "sgx2", "true")
        self.expect(2, "root directory", "run", "--rootfs", "/does/not/exist", "true")
        self.expect(2, "working directory", "run", "--cwd", "/does/not/exist", "true")
        self.expect(2, "cannot write", "run", "--trace-file", "/does/not/exist", "true")
        self.expect(2, "auto, none", "run", "--attest", "maybe", "true")
        self.expect(2, "need --session", "run", "--cas", "127.0.0.1:1", "true")
        self.expect(2, "needs the CAS", "run", "--session", "shop/front")
        self.expect(2, "expected SESSION/SERVICE", "run", "--cas", "127.0.0.1:1", "--session", "shop")
        self.expect(2, "come from the session", "run", "--cas", "127.0.0.1:1", "--session", "shop/front", "true", "x")
        self.expect(2, "64 hexadecimal digits", "run", "--cas", "127.0.0.1:1", "--session", "a/b", "--cas-key", "ab")
        self.expect(127, "cannot connect to 127.0.0.1:1", "run", "--cas", "127.0.0.1:1", "--session", "shop/front")

    def test_a_missing_program(self):
        self.expect(127, "no such program in PATH", "run", "no-such-program")
        self.expect(127, "No such file", "run", "/no/such/program")
        self.expect(127, "No such file", "run", "./program", cwd=self.directory)

    def test_a_file_that_cannot_be_run(self):
        with open("/bin/true", "rb") as file:
            elf = file.read()
        self.expect(126, "is a directory", "run", "/tmp")
        self.expect(126, "neither an ELF program", "run", self.write("text", b"hello\n"))
        self.expect(126, "not executable", "run", self.write("plain", elf, 0o644))
        self.expect(126, "32-bit", "run", self.write("narrow", elf[:4] + b"\1" + elf[5:]))
        self.expect(126, "corrupt ELF", "run", self.write("cut", elf[:len(elf) // 2]))
        self.expect(126, "corrupt ELF", "run", self.write("stub", elf[:20]))
        self.expect(127, "/lib/absent", "run", self.write("orphan", elf.replace(b"/lib64/ld-linux", b"/lib/absent/xyz")))
        self.expect(127, "/no/interpreter", "run", self.write("script", b"#!/no/interpreter\n"))

    def test_a_file_that_cannot_be_inspected(self):
        self.expect(2, "expected FILE", "inspect")
        self.expect(2, "--colour", "inspect", "--colour", "/bin/true")
        self.expect(2, "give one FILE", "inspect", "--sigstruct", "s", "a", "b")
        self.expect(2, "--write-sgxs needs", "inspect", "--sgxs", "s", "--write-sgxs", "t")
        self.expect(127, "No such file", "inspect", "--sgxs", "/no/such/file")
        self.expect(126, "not a SIGSTRUCT", "inspect", "--sigstruct", self.write("short", b"x"))
        self.expect(126, "not a measurement stream: the record at byte 0", "inspect", "--sgxs", self.path("short"))
        self.expect(126, "not an enclave", "inspect", "--sgxs", "s", "/bin/true")
        self.expect(127, "No such file", "inspect", "/no/such/file")
        self.expect(126, "not an ELF file", "inspect", self.write("text", b"hello\n"))

    def test_a_current_directory_that_is_gone(self):
        gone = self.path("gone")
        os.mkdir(gone)
        self.expect(2, "--cwd", "run", "true", preexec_fn=lambda: (os.chdir(gone), os.rmdir(gone)))


class HandOver(Command):
    ATTEST = ["--attest", "none"]  # so that the configuration says what runs

    def setUp(self):
        super().setUp()
        shutil.copy(f"{PROGRAMS}/farl", self.directory)
        self.write("farl-launcher", STAND_IN.encode())
        self.write("farl-enclave", b"")
        self.write("farl-enclave.sigstruct", b"")
        self.secret = self.path("data/farl/emulator-secret")

    def start(self, *arguments, stderr="", **options):
        options.setdefault("env", os.environ | {"XDG_DATA_HOME": self.path("data")})
        process = subprocess.Popen([self.path("farl"), "run", *self.ATTEST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, **options)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors)
        seen = json.loads(output)
        seen["config"] = bytes.fromhex(seen["config"])
        seen["errors"] = errors
        self.assertEqual(seen["pid"], process.pid)
        return seen

    def test_hands_over_in_the_same_process_with_a_sealed_configuration(self):
        seen = self.start("--", "true", "--odd", "")
        self.assertEqual(seen["arguments"], ["--config-fd", str(seen["fd"]), "--enclave", self.path("farl-enclave"),
                                             "--sigstruct", self.path("farl-enclave.sigstruct"),
                                             "--emulator-secret", self.secret])
        self.assertEqual(seen["seals"], ALL_SEALS)
        self.assertNotIn("PATH", seen["environment"])
        self.assertEqual(texts(seen["config"], 5), ["true", "--odd", ""])
        self.assertEqual([os.path.basename(path) for path in texts(seen["config"], 2)], ["true"])
        self.assertEqual(texts(seen["config"], 3), ["/"])
        self.assertEqual(texts(seen["config"], 4), [os.getcwd()])

    def test_says_in_two_lines_what_is_not_protected_unless_told_not_to(self):
        lines = self.start("true")["errors"].splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("SGX is emulated", lines[0])
        self.assertIn("files are the host's own, unprotected; what runs is not attested (--attest none)", lines[1])
        self.assertEqual(self.start("--quiet", "true")["errors"], "")

    def test_passes_the_environment_as_told(self):
        inherited = {"PATH": os.environ["PATH"], "COLOUR": "red", "SIZE": "9"}
        run = lambda *options: sorted(texts(self.start(*options, "true", env=inherited)["config"], 6))
        self.assertEqual(run(), sorted(f"{name}={value}" for name, value in inherited.items()))
        self.assertIn("COLOUR=blue", run("--env", "COLOUR=blue"))
        self.assertEqual(run("--clear-env", "-e", "SIZE", "-e", "A=b=c", "-e", "PATH=/bin"), ["A=b=c", "PATH=/bin", "SIZE=9"])

    def settings(self, *options, **more):
        seen = self.start(*options, "true", **more)
        return [payload for kind, payload in records(seen["config"]) if kind == 1][0], seen

    def test_records_inherited_signals_and_umask(self):
        def prepare():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            os.umask(0o27)
        settings, _ = self.settings(preexec_fn=prepare)
        self.assertTrue(int.from_bytes(settings[8:16], "little") & 1 << (signal.SIGHUP - 1))
        self.assertEqual(int.from_bytes(settings[16:24], "little"), 1 << (signal.SIGUSR1 - 1))
        self.assertEqual(int.from_bytes(settings[52:56], "little"), 0o27)

    def test_keeps_descriptors_for_reports_apart_from_the_programs_own(self):
        settings, seen = self.settings("--trace-file", self.path("trace"), "--stats")
        log, trace, stats = (int.from_bytes(settings[at:at + 4], "little") for at in (40, 44, 48))
        self.assertTrue(log >= 200 and trace >= 200 and log == stats != trace, (log, trace, stats))
        self.assertLessEqual({0, 1, 2, log, trace, seen["fd"]}, set(seen["fds"]))
        self.assertEqual(int.from_bytes(settings[36:40], "little"), 3)
        self.assertTrue(os.path.exists(self.path("trace")))

    def test_works_with_stderr_closed(self):
        self.start("true", preexec_fn=lambda: os.close(2))

    def test_names_a_missing_part_of_farl_itself(self):
        os.unlink(self.path("farl-enclave"))
        result = subprocess.run([self.path("farl"), "run", "true"], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 125)
        self.assertIn("farl-enclave is missing", result.stderr)


class AttestedHandOver(HandOver):
    ATTEST = []

    def setUp(self):
        super().setUp()
        self.write("farl-enclave.sigstruct", bytes(1808))
        os.symlink(f"{PROGRAMS}/farl-cas", self.path("farl-cas"))

    def cas(self, *arguments, **options):
        seen = self.start(*arguments, **options)
        sockets, services = [[payload for kind, payload in records(seen["config"]) if kind == wanted] for wanted in (10, 11)]
        self.assertEqual(len(sockets), 1)
        self.assertIn(int.from_bytes(sockets[0], "little"), seen["fds"])
        self.assertEqual([kind for kind, _ in records(seen["config"]) if kind in (2, 4, 5, 6)], [])
        return seen, services

    def test_hands_over_in_the_same_process_with_a_sealed_configuration(self):
        seen, services = self.cas("--", "true", "--odd", "")
        self.assertEqual(seen["seals"], ALL_SEALS)
        self.assertEqual(services, [b"embedded/program"])

    def test_says_in_two_lines_what_is_not_protected_unless_told_not_to(self):
        lines = self.start("true")["errors"].splitlines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[1].endswith("files are the host's own, unprotected"))

    def test_passes_the_environment_as_told(self):
        seen, _ = self.cas("--", "true", env={"PATH": os.environ["PATH"], "COLOUR": "red"})
        self.assertNotIn(b"COLOUR", seen["config"])

    def test_connects_to_the_cas_that_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as cas:
            endpoint = f"127.0.0.1:{cas.getsockname()[1]}"
            seen, services = self.cas("--cas", endpoint, "--session", "shop/front", "--cas-key", "ab" * 32)
            self.assertEqual(services, [b"shop/front"])
            self.assertEqual([payload for kind, payload in records(seen["config"]) if kind == 12], [b"\xab" * 32])
            cas.settimeout(60)
            cas.accept()[0].close()

    def test_names_a_missing_part_of_farl_itself(self):
        os.unlink(self.path("farl-cas"))
        result = subprocess.run([self.path("farl"), "run", "true"], capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (125, 1))
        self.assertIn("farl-cas is missing", result.stderr)


class Words(Command):
    def test_inspect_finds_the_system_calls_of_the_c_library(self):
        result = subprocess.run([f"{PROGRAMS}/farl", "inspect", "--json", "/lib/x86_64-linux-gnu/libc.so.6"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertGreater(len(json.loads(result.stdout)["patched"]), 400)

    def inspect(self, *arguments, status=0):
        result = subprocess.run([f"{PROGRAMS}/farl", "inspect", *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (status, ""))
        return result.stdout

    def test_inspect_verifies_the_parts_of_an_enclave_against_each_other(self):
        enclave, stream = f"{PROGRAMS}/farl-enclave", self.path("stream")
        seen = json.loads(self.inspect("--json", "--write-sgxs", stream, enclave))
        self.assertTrue(seen["verified"])
        self.assertEqual(seen["enclave"]["mrenclave"], seen["signature"]["mrenclave"])
        with open(stream, "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), seen["enclave"]["mrenclave"])
        self.assertIn("sound and for this enclave", self.inspect("--sgxs", stream, enclave))
        self.assertIn("sound and for this enclave", self.inspect("--sgxs", stream, "--sigstruct", enclave + ".sigstruct"))

    def test_inspect_tells_one_changed_bit(self):
        enclave = f"{PROGRAMS}/farl-enclave"
        with open(enclave, "rb") as file:
            changed = bytearray(file.read())
        changed[0x2000] ^= 1
        text = self.inspect("--sigstruct", enclave + ".sigstruct", self.write("changed", changed), status=1)
        self.assertIn("WRONG", text)
        self.assertIn("another MRENCLAVE", text)

    def test_help_and_version_go_to_stdout(self):
        for arguments, part in ((["--help"], "Usage: farl COMMAND"), (["run", "--help"], "--rootfs DIR"),
                                (["attest", "--help"], "Usage: farl attest"), (["--version"], "farl ")):
            result = subprocess.run([f"{PROGRAMS}/farl", *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(part, result.stdout)


VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/vectors/dcap")


class Attest(Command):
    def verify(self, *arguments):
        return subprocess.run([f"{PROGRAMS}/farl", "attest", "verify", *arguments], capture_output=True, text=True, timeout=60)

    def real(self, time, *options):
        if not os.path.isdir(VECTORS):
            self.skipTest(f"no test vectors in {VECTORS}")
        collateral = os.path.join(VECTORS, "sgx_quote_collateral.json")
        return self.verify("--json", "--collateral", collateral, "--time", time, *options, os.path.join(VECTORS, "sgx_quote.bin"))

    def test_status_is_zero_only_for_an_acceptable_quote(self):
        good = self.real("2025-07-01T00:00:00Z")
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertEqual(json.loads(good.stdout)["mrenclave"][:8], "33d8736d")
        late, strict = self.real("2025-08-01T02:00:00+02:00"), self.real("2025-07-01T00:00:00Z", "--only-up-to-date")
        self.assertEqual((late.returncode, json.loads(late.stdout)["reason"]), (1, "collateral-not-valid-now"))
        self.assertEqual((strict.returncode, json.loads(strict.stdout)["reason"]), (1, "tcb-not-tolerated"))

    def test_bad_input_gets_one_line(self):
        empty = self.write("empty", b"")
        for status, arguments in ((2, ["--frob"]), (127, ["--collateral", "/nonexistent", empty]),
                                  (2, ["--collateral", empty, "--time", "yesterday", empty]),
                                  (2, ["--collateral", empty, "--tolerate", "Fine", empty])):
            result = self.verify(*arguments)
            self.assertEqual((result.returncode, result.stdout), (status, ""), arguments)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        damaged = self.verify("--collateral", empty, empty)
        self.assertEqual((damaged.returncode, damaged.stderr), (1, ""))
        self.assertIn("REFUSED: the collateral is damaged", damaged.stdout)


if __name__ == "__main__":
    unittest.main()
