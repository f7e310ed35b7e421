"""The shielded console of a program in an enclave: what its owner reads and types, and what a host that changes, drops or
replays lines achieves."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest

from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls
from tests.attest.relaying_host import HOST

BIN = os.environ["FARL_BIN"]
PYTHON = "/usr/bin/python3"
CONSOLE_KEY = bytes(range(32))
CHANGED = "the console's input was cut off or changed on its way, or is not shielded"
ECHO = """if 1:
    import sys
    try:
        for line in sys.stdin:
            print("heard", line, end="", flush=True)
        print("end")
    except OSError as error:
        print(error.strerror)
    """


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="farl-console-")
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.key, cls.certificate, _ = make_key(cls.directory)
        cls.console_key = cls.write_key("console.key", CONSOLE_KEY)

    @classmethod
    def write_key(cls, name, key):
        path = os.path.join(cls.directory, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
        return path

    def cas_for(self, code, key=CONSOLE_KEY):
        config = startup_config([PYTHON, "-c", code], console_key=key)
        return Peer(tls(self.key, self.certificate, answer(message(config))))

    def launch(self, peer):
        return [f"{BIN}/attested-launch", peer.address, "shop/front"]

    def log_of(self, code, typed=b"", **options):
        """All that the host sees of a program: the lines of both outputs."""
        with self.cas_for(code) as peer:
            outcome = subprocess.run(self.launch(peer), input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, **options)
        return outcome.stdout.splitlines(keepends=True)

    def read(self, lines, key=None):
        return subprocess.run([f"{BIN}/farl", "logs", "--console-key", key or self.console_key], input=b"".join(lines), capture_output=True, timeout=60)

    def assert_found(self, lines, *parts):
        outcome = self.read(lines)
        self.assertEqual(outcome.returncode, 1, outcome)
        for part in parts:
            self.assertIn(part, outcome.stderr.decode())


class Outputs(Console):
    CODE = "import sys\nfor i in range(5): print('out', i, flush=True); print('error', i, file=sys.stderr, flush=True)"

    def test_are_read_by_their_owner_only(self):
        lines = self.log_of(self.CODE)
        self.assertTrue(all(line.startswith(b"farl1:") for line in lines), lines)
        outcome = self.read(lines)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b"".join(b"out %d\n" % i for i in range(5)),
                                                                                b"".join(b"error %d\n" % i for i in range(5))))  # fmt: skip
        outcome = self.read(lines, self.write_key("other.key", bytes(32)))
        self.assertEqual((outcome.returncode, outcome.stdout), (1, b""))

    def test_that_are_changed_in_any_way_are_found(self):
        lines = self.log_of(self.CODE)
        other = self.log_of(self.CODE)
        for i in range(len(lines)):
            self.assert_found(lines[:i] + lines[i + 1:], "missing")
        self.assert_found(lines[:3] + lines[2:], "line 4: block", "replayed")
        self.assert_found(lines[:-2], "start 1: the end is missing")
        self.assert_found(lines[1:2] + lines[:1] + lines[2:], "reordered")
        self.assert_found(lines[:5] + other[3:4] + lines[5:], "of start 1 was put in among those of start 2")
        middle = lines[4].decode()
        self.assert_found(lines[:4] + [(middle[:70] + ("A" if middle[70] != "A" else "B") + middle[71:]).encode()] + lines[5:], "line 5: ")
        self.assertEqual(self.read(lines + other).returncode, 0)

    def test_of_any_size_and_from_many_threads_stay_whole(self):
        code = """if 1:
            import os, threading
            os.write(1, b"x" * 100_000)
            def write(letter):
                for _ in range(50):
                    os.write(1 + letter % 2, bytes([letter]) * 333)
            threads = [threading.Thread(target=write, args=(letter,)) for letter in b"abcd"]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            """
        outcome = self.read(self.log_of(code))
        self.assertEqual(outcome.returncode, 0, outcome.stderr[-500:])
        self.assertEqual((outcome.stdout.count(b"x"), outcome.stdout.count(b"b"), outcome.stderr.count(b"c")), (100_000, 50 * 333, 50 * 333))

    def test_of_a_program_that_does_not_wait_stay_whole(self):
        code = """if 1:
            import os, select
            os.set_blocking(1, False)
            rest = bytes(range(256)) * 4000
            while rest:
                try: rest = rest[os.write(1, rest[:5000]):]
                except BlockingIOError: select.select([], [1], [])
            """
        with self.cas_for(code) as peer:
            process = subprocess.Popen(self.launch(peer), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            time.sleep(1)  # the pipe is full
            log = process.stdout.read()
            process.stdout.close()
            self.assertEqual(process.wait(60), 0)
        outcome = self.read([log])
        self.assertEqual((outcome.returncode, outcome.stdout == bytes(range(256)) * 4000), (0, True), outcome.stderr)

    def test_are_shielded_by_whatever_name_the_program_uses(self):
        code = """if 1:
            import os
            os.write(os.dup(1), b"secret a\\n")
            for name in ("/dev/stdout", "/proc/self/fd/1", "/dev/fd/2"):
                with open(name, "w") as file: print("secret", name, file=file)
            for name in ("/dev/tty", "/dev/ptmx"):
                try: open(name)
                except OSError as error: print("secret", error.strerror)
            print("secret", os.isatty(0), os.isatty(1), os.isatty(2), flush=True)
            os.execv("/bin/echo", ["echo", "secret e"])
            """
        lines = self.log_of(code)
        self.assertNotIn(b"secret", b"".join(lines))
        outcome = self.read(lines)
        self.assertEqual((outcome.returncode, outcome.stderr), (0, b"secret /dev/fd/2\n"))
        self.assertEqual(outcome.stdout, b"secret a\nsecret /dev/stdout\nsecret /proc/self/fd/1\nsecret No such device or address\n"
                                         b"secret No such device or address\nsecret False False False\nsecret e\n")  # fmt: skip

    def test_of_a_program_that_is_killed_have_no_end(self):
        self.assert_found(self.log_of("import os; print('x', flush=True); os.kill(os.getpid(), 9)")[:2], "the end is missing")

    def test_do_not_wait_for_a_host_that_takes_nothing(self):
        with self.cas_for("import os, threading, time; threading.Thread(target=os.write, args=(1, b'x' * 10_000_000)).start()\n"
                          "time.sleep(1); os._exit(3)") as peer:
            process = subprocess.Popen(self.launch(peer), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.assertEqual(process.wait(60), 3)
            process.stdout.close()


# A container engine: knows the container `web`, whose log is in a file beside it.
ENGINE = """#!/bin/sh
echo "$0 $*" >> %(directory)s/asked
case "$1 $2 $3" in
    "container inspect web") echo '[]' ;;
    "container inspect "*) echo 'no such container' >&2; exit 1 ;;
    "logs web "|"logs --follow web") cat %(directory)s/log >&2; exit $(cat %(directory)s/status) ;;
    *) exit 9 ;;
esac
"""


class Containers(Console):
    CODE = "print('of a container')"

    def setUp(self):
        self.bin = tempfile.mkdtemp(prefix="farl-engine-")
        self.addCleanup(shutil.rmtree, self.bin)
        os.symlink("/bin/cat", f"{self.bin}/cat")

    def install(self, engine, status=0):
        with open(f"{self.bin}/log", "wb") as file:
            file.write(b"".join(self.log_of(self.CODE)))
        with open(f"{self.bin}/status", "w", encoding="ascii") as file:
            file.write(str(status))
        with open(os.open(f"{self.bin}/{engine}", os.O_WRONLY | os.O_CREAT, 0o755), "w", encoding="ascii") as file:
            file.write(ENGINE % {"directory": self.bin})

    def logs(self, *arguments):
        return subprocess.run([f"{BIN}/farl", "logs", "--console-key", self.console_key, *arguments], capture_output=True, timeout=60,
                              env={**os.environ, "PATH": self.bin}, stdin=subprocess.DEVNULL, cwd=self.bin)  # fmt: skip

    def test_are_asked_for_their_log_by_name(self):
        for engine in ("podman", "docker"):
            self.install(engine)
            for options in ((), ("--follow",)):
                outcome = self.logs(*options, "web")
                self.assertEqual((outcome.returncode, outcome.stdout), (0, b"of a container\n"), outcome.stderr)
            with open(f"{self.bin}/asked", encoding="ascii") as file:
                self.assertEqual(file.read().splitlines()[-1], f"{self.bin}/{engine} logs --follow web")

    def test_that_nobody_knows_are_an_error(self):
        outcome = self.logs("web")
        self.assertEqual(outcome.returncode, 127)
        self.assertIn(b"docker or podman has to be installed", outcome.stderr)
        self.install("podman")
        outcome = self.logs("other")
        self.assertEqual(outcome.returncode, 127)
        self.assertIn(b"neither docker nor podman knows a container of this name", outcome.stderr)
        for name in ("--version", "a b", "./web", "a;b"):
            self.assertNotEqual(self.logs("--", name).returncode, 0)
        with open(f"{self.bin}/asked", encoding="ascii") as file:
            self.assertEqual(file.read().splitlines(), [f"{self.bin}/podman container inspect other"])

    def test_whose_engine_fails_are_an_error(self):
        self.install("docker", status=3)
        outcome = self.logs("web")
        self.assertEqual((outcome.returncode, outcome.stdout), (1, b"of a container\n"))
        self.assertIn(b"status 3", outcome.stderr)

    def test_are_what_follows_not_files(self):
        self.install("docker")
        self.assertEqual(self.logs("log").stdout, b"of a container\n")
        self.assertEqual(self.logs("--follow", "log").returncode, 2)


class Inputs(Console):
    def attach(self, code, typed, filter_input=None, **options):
        with self.cas_for(code) as peer:
            command = self.launch(peer)
            if filter_input:
                command = [PYTHON, "-c", filter_input, *command]
            return subprocess.run([f"{BIN}/farl", "attach", "--console-key", self.console_key, "--", *command], input=typed, capture_output=True,
                                  timeout=120, **options)  # fmt: skip

    def test_reach_the_program_and_nobody_else(self):
        outcome = self.attach(ECHO, b"one\ntwo\n")
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (0, b"heard one\nheard two\nend\n", b""))
        outcome = self.attach("import sys; print(len(sys.stdin.read()))", b"y" * 1_000_000)
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b"1000000\n"))

    def test_that_nobody_types_end_at_once(self):
        self.assertEqual(self.read(self.log_of(ECHO)).stdout, b"end\n")

    def test_that_are_not_shielded_are_an_error(self):
        for typed in (b"plain\n", b"farl1:\n", b"farl1:AAAA\n", b"x" * 30_000, b"\n"):
            outcome = self.read(self.log_of(ECHO, typed))
            self.assertEqual(outcome.stdout, b"Input/output error\n", typed[:10])
            self.assertIn(CHANGED, outcome.stderr.decode())

    def test_that_a_host_replays_drops_or_changes_are_an_error(self):
        self.assertEqual(self.attach(ECHO, b"one\n", HOST % "send(line)").returncode, 0)
        many = b"z" * 60_000 + b"\n"  # several blocks
        for change in ("line = line * 2; send(line)", "line = b'' if len(lines) == 2 else line;send(line)",
                       "line = line[:60] + bytes([line[60] ^ 1]) + line[61:]; send(line)"):  # fmt: skip
            outcome = self.attach(ECHO, many, HOST % change)
            self.assertTrue(outcome.stdout.endswith(b"Input/output error\n"), outcome)
            self.assertIn(CHANGED, outcome.stderr.decode())

    def test_that_are_cut_off_are_an_error(self):
        cut = "if len(lines) == 2: program.stdin.close()\n            else: send(line)"
        outcome = self.attach(ECHO, b"one\n", HOST.replace("program.stdin.close()\n    thr", "pass\n    thr") % cut)
        self.assertEqual(outcome.stdout, b"heard one\nInput/output error\n")

    def test_of_another_start_are_an_error(self):
        path = os.path.join(self.directory, "recorded")
        record = f"open({path!r}, 'ab').write(line); send(line)"
        self.assertEqual(self.attach(ECHO, b"transfer 100\n", HOST % record).stdout, b"heard transfer 100\nend\n")
        with open(path, "rb") as file:
            recorded = file.read()
        outcome = self.read(self.log_of(ECHO, recorded))
        self.assertEqual(outcome.stdout, b"Input/output error\n")

    def test_can_be_waited_for(self):
        code = """if 1:
            import os, select, sys
            epoll = select.epoll(); epoll.register(0, select.EPOLLIN)
            print([events & select.EPOLLIN for _, events in epoll.poll(60)], os.read(0, 100), flush=True)
            os.set_blocking(0, False)
            while True:
                try: data = os.read(0, 100)
                except BlockingIOError: select.select([0], [], []); continue
                print(data, flush=True)
                if not data: break
            """
        outcome = self.attach(code, b"typed")
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b"[1] b'typed'\nb''\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
