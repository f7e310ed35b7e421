"""Applets of the static busybox: one binary, without an interpreter, that no library table covers."""

import os

from tests.support.runner import NATIVE, UNDER_TEST
from tests.support.suite import AppTest, main


class BusyboxTest(AppTest):
    def test_applets_agree(self):
        lines = b"".join(b"%d line %d\n" % (n * 7919 % 10_007, n) for n in range(10_000))
        for command in (
            ("ls", "-lR", "/usr/share/doc/bash"),
            ("sha256sum", "/usr/bin/env"),
            ("cat",),
            ("sort", "-n"),
            ("wc",),
            ("head", "-n", "5"),
            ("tail", "-n", "5"),
            ("grep", "-c", "7$"),
            ("sed", "s/line/LINE/"),
            ("awk", "{ s += $1 } END { print s }"),
            ("cut", "-d", " ", "-f", "3"),
            ("tr", "0-9", "a-j"),
            ("gzip", "-c"),
            ("find", "/usr/share/doc/bash", "-type", "f"),
            ("stat", "/etc/passwd"),
            ("date", "-u", "-d", "@0"),
            ("id",),
            ("pwd",),
            ("expr", "6", "*", "7"),
        ):
            with self.subTest(" ".join(command)):
                self.succeeds("busybox", *command, stdin=lines)

    def test_errors_are_reported_alike(self):
        for command in (("cat", "/no/such/file"), ("false",), ("nosuchapplet",), ("rmdir", "/usr")):
            with self.subTest(" ".join(command)):
                self.assertNotEqual(self.both("busybox", *command).status, 0)

    def test_its_shell_runs_a_script_of_built_ins(self):
        script = "n=0; while [ $n -lt 5000 ]; do n=$((n + 1)); done; echo $n $1; read line; echo $line; exit 4"
        tested = self.both("busybox", "sh", "-c", script, "name", "argument", stdin=b"from stdin\n")
        self.assertEqual((tested.status, tested.text), (4, "5000 argument\nfrom stdin\n"))

    def test_tar_and_cp_keep_the_tree(self):
        directory = self.directory()
        for command in (
            ("cp", "-a", "/usr/share/doc/bash", "tree"),
            ("tar", "cf", "a.tar", "tree"),
            ("mv", "tree", "original"),
            ("tar", "xf", "a.tar"),
        ):
            self.assertEqual(UNDER_TEST.run("busybox", *command, cwd=directory).status, 0, command)
        self.assertEqual(sorted(os.listdir(directory)), ["a.tar", "original", "tree"])
        self.assertEqual(NATIVE.run("diff", "-r", "original", "tree", cwd=directory).status, 0)


if __name__ == "__main__":
    main("busybox")
