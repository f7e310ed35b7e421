"""A program, its libraries and its files out of a protected image."""

import os
import shutil
import tempfile
import unittest

from tests.image.start import Image, ImageTest, program_options

PYTHON = os.path.realpath("/usr/bin/python3")
LIBRARY = f"/usr/lib/{os.path.basename(PYTHON)}"


class ImageStart(ImageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tree = os.path.join(cls.directory, "tree")
        os.makedirs(os.path.join(tree, "secret/plans"))
        os.makedirs(os.path.join(tree, "etc"))
        for name, text in (("secret/plans/launch", "at noon\n" * 5000), ("etc/motd", "welcome\n"), ("secret/one", "1")):
            with open(os.path.join(tree, name), "w") as file:
                file.write(text)
        os.symlink("../secret/plans", os.path.join(tree, "etc/plans"))
        os.link(os.path.join(tree, "secret/one"), os.path.join(tree, "secret/uno"))
        cls.outside = os.path.join(cls.directory, "image/data")
        cls.image = Image(cls.directory, "--tree", tree, *program_options("/bin/ls", "/bin/cat", "/bin/sh", PYTHON),
                          "--add", LIBRARY, "--encrypted", "/secret", "--unprotected", "/data")  # fmt: skip
        os.makedirs(cls.outside)
        with open(os.path.join(cls.outside, "given"), "w") as file:
            file.write("by the host\n")

    def python(self, code, **options):
        outcome = self.start(self.image, PYTHON, "-S", "-c", code, **options)
        self.assertEqual(outcome.stderr, "")
        self.assertEqual(outcome.returncode, 0)
        return outcome.stdout

    def test_lists_what_the_image_has_and_reads_what_is_encrypted(self):
        outcome = self.start(self.image, "/bin/ls", "/", "/secret", "/etc/plans/")
        self.assertEqual(outcome.stderr, "")
        self.assertEqual(outcome.stdout.split(), ["/:", "bin", "data", "dev", "etc", "lib", "lib64", "proc", "secret", "usr",
                                                  "/etc/plans/:", "launch", "/secret:", "one", "plans", "uno"])  # fmt: skip
        self.assertEqual(self.start(self.image, "/bin/cat", "/etc/plans/launch").stdout, "at noon\n" * 5000)
        self.assertEqual(self.start(self.image, "cat", "motd", directory="/etc", environment=["PATH=/bin"]).stdout, "welcome\n")

    def test_nothing_else_of_the_host_is_there(self):
        code = """if 1:
            import os
            for path in ("/etc/passwd", "/tmp", "/.farl", "/.farl/fspf", "/image", "/sys"):
                print(os.path.lexists(path), end=" ")
            print(open("/data/given").read(), end="")
            open("/data/made", "w").write("inside")
            """
        self.assertEqual(self.python(code), "False " * 6 + "by the host\n")
        with open(os.path.join(self.outside, "made")) as file:
            self.assertEqual(file.read(), "inside")

    def test_what_a_program_changes_is_gone_at_the_next_start(self):
        code = """if 1:
            import os
            print(open("/etc/motd").read(), end="")
            open("/etc/motd", "a").write("and hello\\n")
            os.rename("/secret/plans", "/etc/old"); os.unlink("/etc/plans"); os.mkdir("/etc/plans")
            with open("/etc/old/launch", "r+") as file:
                file.seek(8 * 3000); file.write("at dawn\\n"); file.truncate(8 * 3001)
            text = open("/etc/old/launch").read()
            print(text == "at noon\\n" * 3000 + "at dawn\\n", open("/etc/motd").read().split(), sorted(os.listdir("/secret")))
            print(os.stat("/secret/one").st_nlink, os.path.samefile("/secret/one", "/secret/uno"))
            open("/secret/uno", "a").write("2"); print(open("/secret/one").read())
            """
        expected = "welcome\nTrue ['welcome', 'and', 'hello'] ['one', 'uno']\n2 True\n12\n"
        self.assertEqual(self.python(code), expected)
        self.assertEqual(self.python(code), expected)

    def test_a_user_of_the_owner_s_choice_is_held_to_permissions(self):
        code = """if 1:
            import os
            print(os.getuid(), os.getgid(), os.getgroups())
            for change in (lambda: os.mkdir("/etc/x"), lambda: open("/etc/motd", "a"), lambda: os.chmod("/etc/motd", 0o777),
                           lambda: open(f"/proc/self/fd/{os.open('/etc/motd', os.O_RDONLY)}", "r+")):
                try:
                    change(); print("done")
                except PermissionError as error:
                    print(error.strerror)
            """
        denied = "Permission denied\nPermission denied\nOperation not permitted\nPermission denied\n"
        self.assertEqual(self.python(code, user=(1234, 5)), "1234 5 []\n" + denied)
        self.assertEqual(self.python(code, user=(1234, 5, 7, 6)), "1234 5 [7, 6]\n" + denied)
        self.assertEqual(self.python(code), "0 0 []\n" + "done\n" * 4)

    def test_system_calls_are_patched_by_the_image_s_tables(self):
        code = "print([line for line in open('/proc/self/maps') if 'farl stubs' in line] != [])"
        self.assertEqual(self.python(code), "True\n")

    def test_works_with_the_smallest_cache(self):
        self.assertEqual(self.python("import json; print(json.dumps([1]))", cache=1), "[1]\n")

    def test_several_threads_read_right_through_a_small_cache(self):
        code = """if 1:
            import os, random, threading
            text, wrong = b"at noon\\n" * 5000, []
            def work(seed):
                dice = random.Random(seed)
                for _ in range(1000):
                    offset, size = dice.randrange(len(text)), dice.randrange(1, 20000)
                    file = os.open("/secret/plans/launch", os.O_RDONLY)
                    if os.pread(file, size, offset) != text[offset:offset + size]: wrong.append((offset, size))
                    os.close(file)
            threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print(wrong)
            """
        self.assertEqual(self.python(code, cache=1), "[]\n")

    def test_injected_files_lie_over_it(self):
        files = [("/etc/motd", 0o444, b"injected"), ("/new/key", 0o400, b"k")]
        code = "print(open('/etc/motd').read(), open('/new/key').read())"
        self.assertEqual(self.python(code, files=files), "injected k\n")

    def assert_refused(self, image, why, access=None):
        outcome = self.start(image, "/bin/ls", "/", access=access)
        self.assertEqual((outcome.returncode, outcome.stdout, outcome.stderr), (125, "", f"farl: {why}\n"))

    def test_another_key_tag_or_file_than_the_owner_s_is_refused(self):
        wrong = "the image is not the one that its owner started: its /.farl/fspf does not fit the key and tag from the CAS"
        for position in (0, 31, 32, 47):
            access = bytearray(self.image.access)
            access[position] ^= 1
            self.assert_refused(self.image, wrong, bytes(access))
        with tempfile.TemporaryDirectory(prefix="farl-image-") as directory:
            other = Image(directory, "--add", "/bin/ls")
            self.assert_refused(other, wrong, self.image.access)
            os.truncate(other.path("/.farl/fspf"), os.path.getsize(other.path("/.farl/fspf")) - 1)
            self.assert_refused(other, "the image's /.farl/fspf is cut off, or of another version of Farl")
            shutil.rmtree(other.path("/.farl"))
            self.assert_refused(other, "there is no protected image here: /.farl/fspf cannot be read")


if __name__ == "__main__":
    unittest.main(verbosity=2)
