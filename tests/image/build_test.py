#!/usr/bin/env python3
"""farl build: what stays, what does not, and that the protected image runs; images that were tampered with do not.

Usage: build_test.py DIRECTORY-OF-PROGRAMS
"""
import glob
import json
import os
import random
import subprocess
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, ROOT)
from tests.image.command import ImageCommands  # noqa: E402
from tests.image.images import all_bytes, layer, layer_digests, read_files, write_layout  # noqa: E402

SECRET = "".join(random.Random(5).choices("abcdefghijklmnopqrstuvwxyz", k=6000)).encode()
POLICY = "regions:\n  /secret: encrypted\n"


class Build(ImageCommands):
    def build(self, layers, policy=POLICY, out="out", status=0, more=()):
        if not os.path.exists(self.path("in")):
            write_layout(self.path("in"), layers, {"Cmd": ["/bin/x"]})
        self.write("policy.yaml", policy)
        return self.farl("build", "-p", "policy.yaml", "in", "-o", out, *more, status=status)

    def test_layers_without_secrets_stay_byte_for_byte(self):
        public = layer(lambda add: (add("etc/motd", b"welcome"), add("bin/x", b"x")))
        self.build([public, layer(lambda add: (add("secret/key", SECRET), add("etc/other", b"other")))])
        before, after = layer_digests(self.path("in")), layer_digests(self.path("out"))
        self.assertEqual((before[0], len(after)), (after[0], 3))
        self.assertNotEqual(before[1], after[1])
        self.assertEqual(read_files(self.path("out"))["etc/other"][1], b"other")

    def test_no_name_and_no_contents_of_a_secret_remain_even_hidden_ones(self):
        old = bytes(reversed(SECRET))
        self.build([
            layer(lambda add: (add("secret/key", old), add("secret/gone", old))),
            layer(lambda add: (add("secret/.wh.gone"), add("secret/key", SECRET), add("pub/x", b"public"))),
            layer(lambda add: (add("pub/first", SECRET + old), add("secret/second", type=b"1", linkname="pub/first"))),
        ])
        everything = all_bytes(self.path("out"))
        for text in (SECRET[:64], SECRET[-64:], old[:64], b"gone", b"secret/", b"pub/first"):
            self.assertNotIn(text, everything)
        self.assertIn("pub/x", read_files(self.path("out")))
        self.assertEqual({".farl/data/0000000000000000", ".farl/data/0000000000000001"},
                         {name for name in read_files(self.path("out")) if name.startswith(".farl/data/")})

    def test_what_only_a_public_name_is_left_of_is_refused(self):
        self.assertIn("has another name outside of its encrypted region", self.build([
            layer(lambda add: (add("secret/key", SECRET), add("pub/same", type=b"1", linkname="secret/key"))),
            layer(lambda add: add("secret/key", b"another")),
        ], status=1).stderr)

    def test_a_copy_of_a_secret_elsewhere_is_refused(self):
        for copy in (b"x" * 777 + SECRET, SECRET[1000:1000 + 4096 + 31]):
            with self.subTest(size=len(copy)):
                subprocess.run(["rm", "-rf", self.path("in")], check=True)
                told = self.build([layer(lambda add: (add("secret/key", SECRET), add("pub/copy", copy)))], status=1)
                self.assertIn("layer 1 still has contents of /secret/key in clear", told.stderr)
                self.assertEqual(sorted(os.listdir(self.directory)), ["in", "policy.yaml"])

    def test_the_same_seed_makes_the_same_image_and_no_other_does(self):
        layers = [layer(lambda add: add("secret/key", SECRET))]
        self.write("seed", os.urandom(32))
        os.chmod(self.path("seed"), 0o600)
        for out in ("one.tar", "two.tar"):
            self.build(layers, out=out, more=("--seed-file", "seed"))
        self.build(layers, out="random.tar")
        one, two, other = (self.read(name) for name in ("one.tar", "two.tar", "random.tar"))
        self.assertTrue(one == two)
        self.assertFalse(one == other)
        self.assertIn("chmod 600", self.weak_seed())

    def weak_seed(self):
        os.chmod(self.path("seed"), 0o644)
        return self.farl("build", "-p", "policy.yaml", "in", "-o", "x", "--seed-file", "seed", status=126).stderr

    def test_keys_are_beside_the_image_and_for_its_owner_only(self):
        self.build([layer(lambda add: add("secret/key", SECRET))])
        self.assertEqual(os.stat(self.path("out.keys.yaml")).st_mode & 0o777, 0o600)
        key = self.read("out.keys.yaml").split(b"value: ")[1][:64]
        self.assertNotIn(bytes.fromhex(key.decode()), all_bytes(self.path("out")))
        self.assertNotIn(key, all_bytes(self.path("out")))
        subprocess.run(["rm", "-rf", self.path("out")], check=True)
        self.assertIn("is there already", self.build([], status=2).stderr)

    def test_policies_are_refused_with_their_place(self):
        for policy, place in (("regions: { /a: secret }", "1:16"), ("x: 1", "1:1"), ("regions:\n  a: encrypted\n", "2:3"), ("default: unprotected", "1:10")):
            with self.subTest(policy):
                told = self.build([layer(lambda add: add("a", b"x"))], policy=policy, status=2).stderr
                self.assertTrue(told.startswith(f"farl: policy.yaml:{place}: "), told)

    def test_a_first_policy_is_one(self):
        write_layout(self.path("in"), [layer(lambda add: add("a", b"x"))], {"Cmd": ["/bin/x", 'quote" it'], "Env": ["A=b\nc: d"]})
        policy = self.farl("build", "--init", "in").stdout
        self.assertIn("docs", self.farl("build", "--help").stdout)
        self.build([], policy=policy)
        self.build([], policy=policy.replace("# entrypoint", "entrypoint").replace("# cmd", "cmd").replace("entrypoint: []", ""), out="two")

    def test_all_of_an_image_can_be_encrypted_though_the_launcher_has_parts_of_a_c_library_in_it(self):
        self.farl("pack", "/usr/bin/cat", "-o", "in")
        self.build([], policy="default: encrypted\n")
        self.assertEqual({".farl"}, {name.split("/")[0] for name in read_files(self.path("out"))})

    def test_the_image_s_user_becomes_numbers_and_one_that_is_not_there_is_refused(self):
        layers = [layer(lambda add: (add("etc/passwd", b"redis:x:999:998::/:/bin/false\n"), add("etc/group", b"logs:x:40:redis\n")))]
        write_layout(self.path("in"), layers, {"Cmd": ["/bin/x"], "User": "redis"})
        self.build([])
        self.assertIn(b"  user: { uid: 999, gid: 998, groups: [ 40 ] }\n", self.read("out.keys.yaml"))
        self.assertEqual(json.loads(self.farl("inspect", "--json", "out").stdout)["user"], "999:998")
        self.build([], policy=POLICY + "user: '7:logs'\n", out="other")
        self.assertIn(b"  user: { uid: 7, gid: 40 }\n", self.read("other.keys.yaml"))
        self.assertIn("its user nobody is not in its /etc/passwd", self.build([], policy=POLICY + "user: nobody\n", out="x", status=126).stderr)
        self.assertFalse(os.path.exists(self.path("x.keys.yaml")))

    def test_a_protected_image_is_not_protected_again(self):
        self.build([layer(lambda add: add("secret/key", SECRET))])
        self.assertIn("protected already", self.farl("build", "-p", "policy.yaml", "out", "-o", "again", status=126).stderr)


class Run(ImageCommands):
    def setUp(self):
        super().setUp()
        self.write("key", b"open sesame\n" * 1000)
        self.write("motd", b"welcome, stranger\n")
        self.farl("pack", "/usr/bin/cat", "-o", "in", "--add", "key=/secret/key", "--add", "motd=/etc/motd")
        self.write("policy.yaml", POLICY + "cmd: [ /secret/key ]\n")
        self.farl("build", "-p", "policy.yaml", "in", "-o", "out")

    def run_image(self, *arguments, status=0):
        return self.farl("run", "--quiet", "out", *arguments, status=status)

    def test_it_runs_what_the_policy_says_and_reads_its_secrets(self):
        self.assertEqual(self.run_image().stdout, "open sesame\n" * 1000)
        self.assertEqual(self.run_image("/etc/motd", "/secret/key").stdout, "welcome, stranger\n" + "open sesame\n" * 1000)
        found = subprocess.run(["grep", "-rl", "sesame", self.path("out"), self.path("cache")], capture_output=True, text=True, check=False)
        self.assertEqual(found.stdout, "")

    def test_the_program_begins_as_the_image_s_user(self):
        self.write("passwd", b"guest:x:1234:5::/:/bin/false\n")
        self.write("group", b"friends:x:77:guest\n")
        self.farl("pack", "/usr/bin/id", "-o", "id", "--add", "passwd=/etc/passwd", "--add", "group=/etc/group")
        for user, told in (("guest", "uid=1234(guest) gid=5 groups=5,77(friends)"), ("guest:77", "uid=1234(guest) gid=77(friends)"), ("root", "uid=0 gid=0")):
            with self.subTest(user):
                self.write("policy.yaml", f"default: encrypted\nuser: '{user}'\n" if user != "root" else "default: encrypted\n")
                name = user.replace(":", "-")
                self.farl("build", "-p", "policy.yaml", "id", "-o", name)
                result = self.farl("run", "--quiet", name).stdout
                self.assertTrue(result.startswith(told), result)

    def test_inspect_tells_the_measurement_and_with_the_keys_the_regions(self):
        told = json.loads(self.farl("inspect", "--json", "--files", "out").stdout)
        enclave = json.loads(self.farl("inspect", "--json", os.path.join(self.programs, "farl-enclave")).stdout)
        self.assertEqual(told["mrenclave"], enclave["enclave"]["mrenclave"])
        self.assertEqual(told["program"], {"path": "/usr/bin/cat", "arguments": 1, "variables": 1})
        (root, secret) = told["regions"]
        self.assertEqual((root["prefix"], root["kind"]), ("/", "authenticated"))
        self.assertEqual(secret, {"prefix": "/secret", "kind": "encrypted", "files": 1, "size": 12000})
        self.assertEqual(len(told["contents"]), root["files"] + 1)
        self.assertIn({"path": "/secret/key", "type": "file", "kind": "encrypted", "mode": "0644", "size": 12000}, told["contents"])
        text = self.farl("inspect", "--files", "out").stdout
        self.assertRegex(text, r"region +encrypted +/secret: 1 files, 12000 bytes")
        self.assertRegex(text, r"file +encrypted +12000 /secret/key")

    def test_inspect_without_the_keys_says_that_it_cannot_tell_the_regions(self):
        os.rename(self.path("out.keys.yaml"), self.path("elsewhere"))
        told = json.loads(self.farl("inspect", "--json", "--files", "out").stdout)
        self.assertEqual((told["protected"], told["regions"]), (True, None))
        self.assertNotIn("contents", told)
        text = self.farl("inspect", "--files", "out").stdout
        self.assertIn("not to be seen without the keys: out.keys.yaml is not there", text)
        self.assertNotIn("secret", text)
        self.assertIn("/secret: 1 files", self.farl("inspect", "--keys", "elsewhere", "out").stdout)
        self.assertIn("none", self.refusal("inspect", "--keys", "none", "out", status=127))

    def test_inspect_refuses_another_images_keys_and_another_enclave(self):
        self.farl("build", "-p", "policy.yaml", "in", "-o", "other")
        self.assertIn("does not open its protection file", self.refusal("inspect", "--keys", "other.keys.yaml", "out"))
        entries = {name: (info, contents) for name, (info, contents) in read_files(self.path("out")).items()}
        info, enclave = entries[".farl/bin/farl-enclave"]
        at = enclave.index(b"the CAS does not let")
        entries[".farl/bin/farl-enclave"] = info, enclave[:at] + b"T" + enclave[at + 1:]
        write_layout(self.path("changed"), [layer(lambda add: [add(name, contents, type=info.type, linkname=info.linkname)
                                                               for name, (info, contents) in entries.items() if name])])
        self.assertIn("not the one that the signature", self.refusal("inspect", "changed"))

    def test_without_its_keys_it_does_not_run(self):
        os.rename(self.path("out.keys.yaml"), self.path("elsewhere"))
        self.assertIn("out.keys.yaml opens it", self.run_image(status=127).stderr)
        os.rename(self.path("elsewhere"), self.path("out.keys.yaml"))
        os.chmod(self.path("out.keys.yaml"), 0o644)
        self.assertIn("others may read", self.run_image(status=126).stderr)

    def test_a_wrong_key_does_not_open_it(self):
        text = self.read("out.keys.yaml").decode()
        at = text.index("value: ") + 7
        self.write("out.keys.yaml", text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1:])
        self.assertNotIn("sesame", self.run_image(status=125).stdout)

    def test_a_flipped_byte_is_found_and_named(self):
        self.run_image("/etc/motd")
        for name, argument in (("etc/motd", "/etc/motd"), (".farl/data/0000000000000000", "/secret/key")):
            with self.subTest(name):
                (path,) = glob.glob(self.path("cache/farl/images/*/" + name))
                with open(path, "r+b") as file:
                    byte = file.read(1)
                    file.seek(0)
                    file.write(bytes([byte[0] ^ 1]))
                told = self.run_image(argument, status=1)
                self.assertIn(argument, told.stderr)
                self.assertIn("Input/output error", told.stderr)
                self.assertEqual(told.stdout, "")


if __name__ == "__main__":
    unittest.main()
