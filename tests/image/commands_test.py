#!/usr/bin/env python3
"""farl pack, run and inspect with container images: plain ones, and such as want to break out.

Usage: commands_test.py DIRECTORY-OF-PROGRAMS
"""
import json
import os
import shutil
import subprocess
import sys
import tarfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, ROOT)
from tests.image.command import ImageCommands  # noqa: E402
from tests.image.images import layer, read_files, write_layout  # noqa: E402


class Images(ImageCommands):
    def hostile(self, fill):
        shutil.rmtree(self.path("hostile"), ignore_errors=True)
        tar = layer(fill) if callable(fill) else fill
        return write_layout(self.path("hostile"), [tar], {"Cmd": ["/bin/x"]})


def header(**attributes):
    """A tar that ends behind one header, whatever that promises."""
    info = tarfile.TarInfo("huge")
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


class Pack(Images):
    def test_an_image_has_the_program_its_libraries_and_what_is_added(self):
        self.write("settings", "colour = blue\n")
        self.farl("pack", "/usr/bin/sort", "-o", "sort.oci", "--add", "settings=/etc/sort/settings", "--env", "LANG=C")
        files = read_files(self.path("sort.oci"))
        self.assertEqual(files["etc/sort/settings"][1], b"colour = blue\n")
        with open("/usr/bin/sort", "rb") as file:
            self.assertEqual(files["usr/bin/sort"][1], file.read())
        self.assertTrue(any("/ld-linux" in name for name in files))
        self.assertTrue(any("/libc.so" in name for name in files))
        self.assertEqual({(info.uid, info.gid) for info, _ in files.values()}, {(0, 0)})
        told = json.loads(self.farl("inspect", "--json", "sort.oci").stdout)
        self.assertEqual((told["entrypoint"], told["protected"]), (["/usr/bin/sort"], False))
        self.assertIn("LANG=C", told["env"])

    def test_the_same_files_make_the_same_image(self):
        for name in ("one.tar", "two.tar"):
            self.farl("pack", "/usr/bin/sort", "-o", name)
        self.assertTrue(self.read("one.tar") == self.read("two.tar"))

    def test_what_cannot_be_packed_leaves_nothing(self):
        self.assertIn("/etc/none", self.refusal("pack", "/usr/bin/sort", "-o", "x.oci", "--add", "/etc/none", status=127))
        self.assertIn("/dev/null", self.refusal("pack", "/usr/bin/sort", "-o", "x.oci", "--add", "/dev/null", status=2))
        self.assertEqual(os.listdir(self.directory), [])

    def test_nothing_is_overwritten(self):
        os.mkdir(self.path("there"))
        self.assertIn("is there already", self.refusal("pack", "/usr/bin/sort", "-o", "there", status=2))


class Run(Images):
    def test_a_packed_program_runs_as_it_does_outside(self):
        self.farl("pack", "/usr/bin/sort", "-o", "sort.tar")
        result = self.farl("run", "sort.tar", "-r", input="a\nb\n")
        self.assertEqual(result.stdout, "b\na\n")
        self.assertIn("plain image: nothing of it is protected", result.stderr)

    def test_any_user_can_run_it(self):
        if os.geteuid() != 0:
            self.skipTest("as every other test here does")
        self.farl("pack", "/usr/bin/id", "-o", "id.tar")
        os.chmod(self.directory, 0o777)
        self.addCleanup(lambda: subprocess.run(["chmod", "-R", "u+rwx", self.directory], check=True))
        result = self.farl("run", "id.tar", "-u", user=65534, group=65534, extra_groups=[])
        self.assertEqual(result.stdout, "65534\n")

    def test_the_image_says_what_runs_and_the_command_line_has_the_last_word(self):
        self.farl("pack", "/usr/bin/env", "-o", "env.oci", "--env", "COLOUR=blue", "--env", "SIZE=big")
        told = self.farl("run", "-e", "SIZE=small", "env.oci").stdout.splitlines()
        self.assertIn("COLOUR=blue", told)
        self.assertIn("SIZE=small", told)
        self.assertFalse([line for line in told if line.startswith("HOME=")], "the caller's environment is not the image's")

    def test_volumes_and_other_roots_are_refused_clearly(self):
        self.assertIn("expected FILE:PATH", self.refusal("run", "-v", "a=b", "x.oci", status=2))
        os.makedirs(self.path("x.oci"))
        self.write("x.oci/index.json", "")
        self.assertIn("exclude each other", self.refusal("run", "--rootfs", "/srv", "x.oci", status=2))

    def test_hostile_images_are_refused_with_one_line(self):
        cases = {
            "leads out of the image": lambda add: add("../escaped", b"x"),
            "an absolute path": lambda add: add("/etc/escaped", b"x"),
            "a device node": lambda add: add("dev/mem", type=b"3", devmajor=1, devminor=1),
            "a symbolic link of the same layer": lambda add: (add("out", type=b"2", linkname=self.directory), add("out/escaped", b"x")),
            "a hard link to escaped, which is not there": lambda add: add("a", type=b"1", linkname="escaped"),
            "twice in the layer": lambda add: (add("a", b"1"), add("a", b"2")),
            "more than the image may have in all": header(size=1 << 60),
            "Truncated": header(size=1 << 20),
        }
        self.write("policy.yaml", "default: authenticated\n")
        commands = (("run",), ("inspect",), ("build", "-p", "policy.yaml", "-o", "made"))
        for expected, fill in cases.items():
            image = self.hostile(fill)
            for command in commands:
                with self.subTest(expected, command=command[0]):
                    self.assertIn(expected, self.refusal(*command, image))
                    self.assertFalse(os.path.exists(self.path("escaped")))
        self.assertEqual(os.listdir(self.path("cache/farl/images")), [], "something half unpacked is left")
        self.assertEqual([name for name in os.listdir(self.directory) if name.startswith("made")], [], "something half built is left")

    def test_a_link_in_an_image_leads_nowhere_outside_of_it(self):
        lower = layer(lambda add: add("out", type=b"2", linkname="/"))
        upper = layer(lambda add: add("out/inside", b"x"))
        write_layout(self.path("image"), [lower, upper], {"Cmd": ["/bin/x"]})
        self.assertIn("/bin/x", self.refusal("run", "image", status=127))
        self.assertFalse(os.path.exists("/inside"))
        (unpacked,) = os.listdir(self.path("cache/farl/images"))
        self.assertTrue(os.path.exists(self.path(f"cache/farl/images/{unpacked}/inside")))


if __name__ == "__main__":
    unittest.main()
