"""What the host does to the files of a protected image, and what a program finds: the bytes that were sealed, or EIO; and
one line on the log for each, which names the file as the host knows it, and the block."""

import errno
import os
import shutil
import signal
import tempfile
import unittest

from tests.image.start import Image, ImageTest, program_options

PYTHON = os.path.realpath("/usr/bin/python3")
LIBRARY = f"/usr/lib/{os.path.basename(PYTHON)}"
BLOCK = 4096
CHANGED = " is not what the image was made with: the host has changed it"
MISSING = " is missing: the host has cut it off"
ABSENT = " cannot be read: the host does not have the file"

# Reads files whole, block by block, and says for each what it found.
READER = """if 1:
    import errno, os, sys
    for path in sys.argv[1:]:
        found = []
        try:
            size = os.stat(path).st_size
            file = os.open(path, os.O_RDONLY)
        except OSError as error:
            print(path, error.errno); continue
        for at in range(0, size, 4096):
            try:
                block = os.pread(file, 4096, at)
                found.append("ok" if block == path[-1].encode() * min(4096, size - at) else "wrong")
            except OSError as error:
                found.append(str(error.errno))
        print(path, *found)
    """


class TamperedImage(ImageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.programs = [*program_options(PYTHON), "--add", os.path.join(LIBRARY, "encodings"),
                        *(word for name in ("os", "stat", "io", "abc", "codecs", "posixpath", "genericpath", "_collections_abc")
                          for word in ("--add", f"{LIBRARY}/{name}.py"))]  # fmt: skip
        cls.names = "abcdefgh"
        cls.tree = os.path.join(cls.directory, "tree")
        for folder in ("open", "secret"):
            os.makedirs(os.path.join(cls.tree, folder))
            for count, name in enumerate(cls.names, 3):
                with open(os.path.join(cls.tree, folder, name), "w") as file:
                    file.write(name * (count * BLOCK - 9))
        cls.original = Image(cls.directory, "--tree", cls.tree, *cls.programs, "--encrypted", "/secret")

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="farl-image-")
        self.addCleanup(shutil.rmtree, directory)
        shutil.copytree(self.original.root, os.path.join(directory, "image"), symlinks=True)
        self.image = Image.__new__(Image)
        self.image.root, self.image.access = os.path.join(directory, "image"), self.original.access

    def stored(self, image, path):
        """Where the contents of a file are: those of encrypted ones are told by their sizes."""
        if not path.startswith("/secret"):
            return path
        size = os.path.getsize(self.tree + path)
        padded = -(-size // BLOCK) * BLOCK
        found = [name for name in os.listdir(image.path("/.farl/data")) if os.path.getsize(image.path("/.farl/data/" + name)) == padded]
        self.assertEqual(len(found), 1)
        return "/.farl/data/" + found[0]

    def read(self, *paths):
        outcome = self.start(self.image, PYTHON, "-S", "-c", READER, *paths)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        found = {line.split()[0]: line.split()[1:] for line in outcome.stdout.splitlines()}
        return found, [line for line in outcome.stderr.splitlines() if line.startswith("farl: ")] # Python misses a directory

    def expect(self, path, wrong, what, name=None):
        """These blocks of a file are refused, the others are right."""
        found, lines = self.read(path)
        name = name or self.stored(self.original, path)
        self.assertEqual([index for index, block in enumerate(found[path]) if block == str(errno.EIO)], wrong)
        self.assertEqual({block for index, block in enumerate(found[path]) if index not in wrong} - {"ok"}, set())
        self.assertEqual(lines, [f"farl: {name}: block {index}{what}" for index in wrong])

    def for_each_kind(self, check):
        for folder in ("/open", "/secret"):
            with self.subTest(folder=folder):
                check(folder)

    def host_path(self, path):
        return self.image.path(self.stored(self.original, path))

    def patch(self, path, offset, change):
        with open(path, "r+b") as file:
            file.seek(offset)
            old = file.read(len(change))
            file.seek(offset)
            file.write(bytes(a ^ b for a, b in zip(old, change)))

    def test_an_untouched_image_reads_right(self):
        paths = [f"/{folder}/{name}" for folder in ("open", "secret") for name in self.names]
        found, lines = self.read(*paths)
        self.assertEqual({block for blocks in found.values() for block in blocks}, {"ok"})
        self.assertEqual((len(found), lines), (16, []))

    def test_a_changed_byte_costs_its_block(self):
        def check(folder):
            self.patch(self.host_path(folder + "/c"), 2 * BLOCK + 100, b"\x01")
            self.expect(folder + "/c", [2], CHANGED)

        self.for_each_kind(check)

    def test_truncation_costs_what_is_missing(self):
        def check(folder):
            os.truncate(self.host_path(folder + "/d"), 3 * BLOCK + 1)
            self.expect(folder + "/d", [3, 4, 5], MISSING)

        self.for_each_kind(check)

    def test_an_extension_changes_nothing(self):
        def check(folder):
            with open(self.host_path(folder + "/e"), "ab") as file:
                file.write(b"e" * 3 * BLOCK)
            found, lines = self.read(folder + "/e")
            self.assertEqual((found[folder + "/e"], lines), (["ok"] * 7, []))

        self.for_each_kind(check)

    def test_a_missing_file_is_told(self):
        def check(folder):
            os.unlink(self.host_path(folder + "/a"))
            self.expect(folder + "/a", [0, 1, 2], ABSENT)

        self.for_each_kind(check)

    def test_something_else_in_the_place_of_a_file_is_told(self):
        for replace in (os.mkdir, lambda path: os.symlink("/dev/zero", path), os.mkfifo):
            with self.subTest(replace=replace):
                path = self.host_path("/open/a")
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
                replace(path)
                found, lines = self.read("/open/a")
                self.assertEqual(found["/open/a"], [str(errno.EIO)] * 3)
                self.assertEqual(len(lines), 3)

    def test_swapped_blocks_are_refused(self):
        path = self.host_path("/secret/f") # in clear, all blocks of one file are the same
        with open(path, "r+b") as file:
            blocks = [file.read(BLOCK) for _ in range(8)]
            blocks[1], blocks[6] = blocks[6], blocks[1]
            file.seek(0)
            file.write(b"".join(blocks))
        self.expect("/secret/f", [1, 6], CHANGED)

    def test_swapped_files_and_names_are_refused(self):
        def check(folder):
            one, two = self.host_path(folder + "/g"), self.host_path(folder + "/h")
            os.rename(one, one + "x"); os.rename(two, one); os.rename(one + "x", two)
            self.expect(folder + "/g", list(range(9)), CHANGED)

        self.for_each_kind(check)

    def test_files_and_trees_of_another_build_are_refused(self):
        with tempfile.TemporaryDirectory(prefix="farl-image-") as directory:
            other = Image(directory, "--tree", self.tree, *self.programs, "--encrypted", "/secret")
            shutil.copy(other.path(self.stored(other, "/secret/b")), self.host_path("/secret/b"))
            self.expect("/secret/b", [0, 1, 2, 3], CHANGED)
            shutil.copy(other.path("/.farl/fspf"), self.image.path("/.farl/fspf"))
            outcome = self.start(self.image, PYTHON)
            self.assertEqual((outcome.returncode, len(outcome.stderr.splitlines())), (125, 1))

    def test_seals_that_were_changed_are_refused_and_named(self):
        size = os.path.getsize(self.image.path("/.farl/trees"))
        with open(self.image.path("/.farl/trees"), "r+b") as file:
            file.truncate(0)
            file.truncate(size)
        outcome = self.start(self.image, PYTHON, "-S", "-c", "print(1)")
        self.assertEqual((outcome.returncode, outcome.stdout), (126, ""))
        first = outcome.stderr.splitlines()[0]
        self.assertRegex(first, r"^farl: /usr/bin/python3\S*: node 0 of level \d of its seals in /.farl/trees" + CHANGED + "$")

    def test_no_byte_of_the_protection_file_can_be_changed(self):
        size = os.path.getsize(self.image.path("/.farl/fspf"))
        for offset in [0, 8, 12, 16, 22, 24, 35, 36, 63, 64, 65, size // 2, size - 1]:
            with self.subTest(offset=offset):
                self.patch(self.image.path("/.farl/fspf"), offset, b"\x01")
                outcome = self.start(self.image, PYTHON)
                self.assertEqual((outcome.returncode, outcome.stdout, len(outcome.stderr.splitlines())), (125, "", 1))
                self.patch(self.image.path("/.farl/fspf"), offset, b"\x01")

    def test_a_changed_program_dies_where_it_would_run_what_was_changed(self):
        self.patch(self.image.path(PYTHON), 5 * BLOCK, b"\x90")
        outcome = self.start(self.image, PYTHON)
        self.assertEqual(outcome.returncode, -signal.SIGBUS) # as Linux ends it when a page cannot be read
        self.assertEqual(outcome.stderr.splitlines(), [f"farl: {PYTHON}: block 5{CHANGED}"])
        self.patch(self.image.path(PYTHON), 0, b"\x01")
        outcome = self.start(self.image, PYTHON)
        self.assertEqual((outcome.returncode, outcome.stderr.splitlines()[0]), (126, f"farl: {PYTHON}: block 0{CHANGED}"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
