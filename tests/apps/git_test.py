"""git: a history is made and read under test and natively, and has to be the same to the last bit.

A clone always runs other programs beside it (git-upload-pack, git-index-pack), so until there is fork(2) it is done here
in the parts it consists of.
"""

import os

from tests.support.runner import NATIVE, UNDER_TEST, UNDER_TEST_BY_HOST_CALLS
from tests.support.suite import AppTest, main

FILES = 600  # enough for git to use threads for the index
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_PAGER": "cat",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in {
        "NAME": "A Tester", "EMAIL": "tester@example.org", "DATE": "2020-02-02T02:02:02Z"}.items()},
}
# What would run another git.
SETTINGS = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false")

HISTORY = (
    ("init", "-q", "-b", "main"),
    ("add", "."),
    ("status", "--short", "--branch"),
    ("commit", "-m", "First"),
    ("checkout", "-q", "-b", "side"),
    ("rm", "-q", "file7"),
    ("mv", "file8", "moved"),
    ("commit", "-q", "-m", "Second, on a branch"),
    ("checkout", "-q", "main"),
    ("merge", "--no-edit", "side"),
    ("tag", "-a", "-m", "A version", "v1"),
    ("log", "--stat", "--graph"),
    ("show", "v1"),
    ("diff", "HEAD~1", "HEAD"),
    ("grep", "--threads=4", "-c", "line 1"),
    ("blame", "file3"),
    ("ls-files", "-s"),
    ("archive", "HEAD"),
    ("fsck", "--strict"),
    ("status", "--porcelain=v2"),
)


class GitTest(AppTest):
    def git(self, runner, directory, *words, **options):
        return runner.run("git", *SETTINGS, *words, cwd=directory, env=ENVIRONMENT, **options)

    def new_files(self):
        directory = self.directory()
        for number in range(FILES):
            with open(os.path.join(directory, f"file{number}"), "w") as file:
                file.writelines(f"line {line} of {number}\n" for line in range(1 + number % 50))
        return directory

    def history(self, runner):
        directory = self.new_files()
        return directory, [self.git(runner, directory, *words) for words in HISTORY]

    def test_a_history_is_made_and_read(self):
        _, native = self.history(NATIVE)
        directory, tested = self.history(UNDER_TEST)
        for words, expected, seen in zip(HISTORY, native, tested):
            with self.subTest(words):
                self.assert_agree(expected, seen, words)
                self.assertEqual(seen.status, 0, seen.errors)
        self.assertEqual(self.git(NATIVE, directory, "fsck", "--full", "--strict").status, 0)

    def test_a_repository_is_cloned_in_parts(self):
        original, _ = self.history(NATIVE)
        head, tag = self.git(NATIVE, original, "rev-parse", "HEAD", "v1").text.split()
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(way):
                clone = self.directory()
                pack = self.git(runner, original, "pack-objects", "--threads=4", "--all", "--stdout", "-q").stdout
                for words, stdin in {
                    ("init", "-q", "-b", "main"): b"",
                    ("index-pack", "--threads=4", "--strict", "--stdin"): pack,
                    ("update-ref", "refs/heads/main", head): b"",
                    ("update-ref", "refs/tags/v1", tag): b"",
                    ("reset", "-q", "--hard"): b"",
                }.items():
                    done = self.git(runner, clone, *words, stdin=stdin)
                    self.assertEqual((done.status, done.errors), (0, ""), words)
                for words in (("fsck", "--full", "--strict"), ("status", "--porcelain"), ("ls-files", "-s")):
                    self.assert_agree(self.git(NATIVE, original, *words), self.git(NATIVE, clone, *words), words)


if __name__ == "__main__":
    main("git")
