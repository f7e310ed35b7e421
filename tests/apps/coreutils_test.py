"""coreutils, findutils, tar and gzip: each prints, and leaves behind, what it does natively."""

import os
import subprocess

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main

DOCUMENTS = "/usr/share/doc"
TREE = "/usr/share/doc/bash"


def listing(directory):
    """Everything about a tree that a copy has to keep, but for inodes and times of change."""
    return NATIVE.run("find", ".", "-printf", r"%P %y %m %U %G %s %T@ %l\n", cwd=directory).text.split("\n")


class ReadingTest(AppTest):
    def setUp(self):
        self.lines = b"".join(b"%d line %d\n" % (n * 7919 % 100_003, n) for n in range(100_000))

    def test_ls_lists_the_whole_documentation(self):
        listed = self.succeeds("ls", "-lR", DOCUMENTS)
        self.assertGreater(listed.stdout.count(b"\n"), 100)

    def test_find_and_stat_agree(self):
        self.succeeds("find", DOCUMENTS, "-type", "f", "-size", "+8k", "-printf", r"%p %s %i %T@ %m\n")
        self.succeeds("stat", "/etc/passwd", "/bin", "/usr/bin/env")
        self.succeeds("stat", "--format=%n %F %a %t:%T", "/dev/null", "/dev/zero", "/dev/full")
        self.succeeds("du", "-a", DOCUMENTS)
        self.succeeds("readlink", "-f", "/bin/sh")
        self.succeeds("realpath", "/usr/../bin/./sh")

    def test_sort_agrees(self):
        environment = {"LC_ALL": "C"}
        self.succeeds("sort", stdin=self.lines, env=environment)
        self.succeeds("sort", "-n", "-r", "-k1,1", stdin=self.lines, env=environment)
        self.succeeds("sort", "-u", "-k2", "-S", "1M", stdin=self.lines, env=environment)
        self.succeeds("sort", "--parallel=4", stdin=self.lines * 4, env=environment)

    def test_digests_agree(self):
        for name in ("sha256sum", "md5sum", "b2sum", "cksum"):
            with self.subTest(name):
                self.succeeds(name, "/usr/bin/python3", "/bin/bash", "/etc/passwd")

    def test_filters_agree(self):
        for command in (
            ("cat",),
            ("cat", "-n"),
            ("head", "-n", "3"),
            ("tail", "-n", "3"),
            ("tail", "-c", "100"),
            ("wc",),
            ("cut", "-d", " ", "-f", "2"),
            ("tr", "a-z", "A-Z"),
            ("uniq", "-c"),
            ("tac",),
            ("rev",),
            ("od", "-An", "-tx1", "-N", "64"),
            ("base64",),
            ("fold", "-w", "5"),
            ("grep", "-c", "99"),
            ("grep", "-E", "^1.*(7|8)$"),
            ("sed", "-n", "s/line \\([0-9]*\\)5$/\\1/p"),
            ("awk", "{ sum += $1 } END { print sum, NR }"),
        ):
            with self.subTest(" ".join(command)):
                self.succeeds(*command, stdin=self.lines)

    def test_small_programs_agree(self):
        for command in (
            ("echo", "-n", "a", "b"),
            ("printf", "%d %s\\n", "7", "seven"),
            ("seq", "1", "3", "1000"),
            ("basename", "/a/b.c", ".c"),
            ("expr", "6", "*", "7"),
            ("factor", "1234567891011"),
            ("date", "-u", "-d", "@0"),
            ("id",),
            ("pwd",),
            ("sleep", "0.05"),
            ("nproc",),
            ("test", "-e", "/etc/passwd"),
        ):
            with self.subTest(" ".join(command)):
                self.succeeds(*command)

    def test_errors_are_reported_alike(self):
        for command in (
            ("cat", "/no/such/file"),
            ("ls", "/no/such/directory"),
            ("cat", "/"),
            ("rmdir", "/usr"),
            ("mkdir", "/proc/made"),
            ("false",),
            ("test", "-e", "/no/such/file"),
            ("dd", "if=/dev/zero", "of=/dev/full", "bs=4k", "count=1", "status=none"),
        ):
            with self.subTest(" ".join(command)):
                self.assertNotEqual(self.both(*command).status, 0)

    def test_a_closed_pipe_ends_the_writer_with_sigpipe(self):
        statuses = []
        for runner in (NATIVE, UNDER_TEST):
            writer = runner.start("yes", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.addCleanup(writer.kill)
            self.assertEqual(writer.stdout.read(4), b"y\ny\n")
            writer.stdout.close()
            statuses.append(writer.wait(60))
        self.assertEqual(statuses[1], statuses[0])


class WritingTest(AppTest):
    def in_fresh_directories(self, *command):
        """Runs natively and under test, each in a directory of its own, and returns the two."""
        directories = [self.directory(), self.directory()]
        outcomes = [r.run(*command, cwd=d) for r, d in zip((NATIVE, UNDER_TEST), directories)]
        self.assert_agree(*outcomes, command)
        return directories

    def test_cp_keeps_modes_links_and_times(self):
        native, tested = self.in_fresh_directories("cp", "-a", TREE, "copy")
        self.assertEqual(listing(f"{tested}/copy"), listing(f"{native}/copy"))
        self.assertEqual(NATIVE.run("diff", "-r", TREE, f"{tested}/copy").status, 0)

    def test_tar_creates_what_tar_extracts(self):
        options = ("--sort=name", "--owner=0", "--group=0", "--numeric-owner")
        native, tested = self.in_fresh_directories("tar", *options, "-C", "/usr/share/doc", "-cf", "a.tar", "bash")
        with open(f"{native}/a.tar", "rb") as one, open(f"{tested}/a.tar", "rb") as other:
            self.assert_same_bytes(one.read(), other.read(), "archive")
        native, tested = self.in_fresh_directories("tar", "-xf", f"{tested}/a.tar")
        self.assertEqual(sorted(listing(f"{tested}/bash")), sorted(listing(f"{native}/bash")))
        self.assertEqual(NATIVE.run("diff", "-r", TREE, f"{tested}/bash").status, 0)

    def test_gzip_and_gunzip_are_inverse(self):
        packed = self.succeeds("gzip", "-9", "-n", "-c", "/usr/bin/env")
        unpacked = self.succeeds("gzip", "-d", "-c", stdin=packed.stdout)
        with open("/usr/bin/env", "rb") as original:
            self.assert_same_bytes(original.read(), unpacked.stdout, "unpacked")

    def test_gzip_replaces_the_file(self):
        directory = self.directory()
        with open(f"{directory}/file", "w") as file:
            file.write("text\n" * 1000)
        os.utime(f"{directory}/file", (1_000_000_000, 1_000_000_000))
        self.assertEqual(UNDER_TEST.run("gzip", "file", cwd=directory).status, 0)
        self.assertEqual(os.listdir(directory), ["file.gz"])
        self.assertEqual(os.stat(f"{directory}/file.gz").st_mtime, 1_000_000_000)
        self.assertEqual(NATIVE.run("gzip", "-dc", "file.gz", cwd=directory).text, "text\n" * 1000)

    def test_dd_writes_seeks_and_truncates(self):
        common = ("status=none", "bs=64k")
        native, tested = self.in_fresh_directories("dd", "if=/dev/zero", "of=zeros", "count=64", "seek=3", *common)
        self.assertEqual(os.path.getsize(f"{tested}/zeros"), os.path.getsize(f"{native}/zeros"))
        _, tested = self.in_fresh_directories("dd", "if=/usr/bin/env", "of=copy", *common)
        self.assertEqual(NATIVE.run("cmp", "/usr/bin/env", f"{tested}/copy").status, 0)

    def test_names_are_made_moved_linked_and_removed(self):
        directory = self.directory()
        for command in (
            ("mkdir", "-p", "-m", "750", "a/b/c"),
            ("touch", "-d", "@1000000000", "a/file"),
            ("ln", "a/file", "a/hard"),
            ("ln", "-s", "../file", "a/b/soft"),
            ("mv", "a/file", "a/b/moved"),
            ("chmod", "u=rw,go=", "a/b/moved"),
            ("cp", "--sparse=always", "/usr/bin/env", "a/env"),
            ("truncate", "-s", "10000", "a/long"),
            ("mkfifo", "a/fifo"),
            ("rmdir", "a/b/c"),
            ("install", "-m", "600", "/etc/passwd", "a/installed"),
        ):
            with self.subTest(" ".join(command)):
                self.assertEqual(UNDER_TEST.run(*command, cwd=directory).status, 0)
        listed = NATIVE.run("find", "a", "-printf", r"%p %y %n %l\n", cwd=directory, env={"LC_ALL": "C"})
        self.assertEqual(
            sorted(listed.text.splitlines()),
            [
                "a d 3 ",
                "a/b d 2 ",
                "a/b/moved f 2 ",
                "a/b/soft l 1 ../file",
                "a/env f 1 ",
                "a/fifo p 1 ",
                "a/hard f 2 ",
                "a/installed f 1 ",
                "a/long f 1 ",
            ],
        )
        self.assertEqual(oct(os.stat(f"{directory}/a/hard").st_mode), "0o100600")
        self.assertEqual(UNDER_TEST.run("rm", "-rf", "a", cwd=directory).status, 0)
        self.assertEqual(os.listdir(directory), [])

    def test_tee_and_redirected_files_hold_the_input(self):
        directory = self.directory()
        text = b"line\n" * 50_000
        self.assertEqual(UNDER_TEST.run("tee", "copy", stdin=text, cwd=directory).stdout, text)
        with open(f"{directory}/copy", "rb") as copy:
            self.assertEqual(UNDER_TEST.run("cat", stdin=copy).stdout, text)


if __name__ == "__main__":
    main("ls", "find", "tar", "gzip")
