#!/usr/bin/env python3
"""scripts/fetch-boringssl: what it unpacks is what the hashes in it say, whatever the mirror, the cache or an interruption did.

apt-get is a stand-in, which hands out the archives that the build of these tests already used.
"""
import glob
import os
import shutil
import subprocess
import tempfile
import unittest

CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
ARCHIVES = os.environ.get("FARL_SOURCES") or os.path.join(CACHE, "farl/sources")
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts/fetch-boringssl")

# Says once what was asked for, and gives what is in $MIRROR.
STAND_IN = """#!/bin/bash
echo "$@" >>"$MIRROR/../asked"
case "$*" in
    *indextargets*) echo "bookworm http://mirror.example/debian/"; echo "elsewhere http://other.example/" ;;
    *source*) cp "$MIRROR"/*.xz . ;;
esac
"""


class FetchBoringssl(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="farl-fetch-")
        self.addCleanup(shutil.rmtree, self.directory)
        for name in ("bin", "mirror", "cache"):
            os.mkdir(self.path(name))
        with open(self.path("bin/apt-get"), "w") as file:
            file.write(STAND_IN)
        os.chmod(self.path("bin/apt-get"), 0o755)

    def path(self, name):
        return os.path.join(self.directory, name)

    def fill(self, name):
        for archive in glob.glob(os.path.join(ARCHIVES, "*.xz")):
            shutil.copy(archive, self.path(name))

    def damage(self, name):
        for archive in glob.glob(self.path(name) + "/*.orig.tar.xz"):
            with open(archive, "r+b") as file:
                file.seek(1000)
                file.write(b"?")

    def asked(self):
        return open(self.path("asked")).read() if os.path.exists(self.path("asked")) else ""

    def fetch(self):
        environment = dict(os.environ, PATH=self.path("bin") + ":" + os.environ["PATH"], MIRROR=self.path("mirror"),
                           FARL_SOURCES=self.path("cache"))
        return subprocess.run([SCRIPT, self.path("sources")], env=environment, capture_output=True, text=True, timeout=300)

    def assert_unpacked(self):
        for name in ("src/include/openssl/aead.h", "src/ssl/tls13_client.cc", "debian/sources.mk", "complete"):
            self.assertTrue(os.path.exists(self.path("sources/" + name)), name)

    def test_a_filled_cache_needs_no_network_and_nothing_is_done_twice(self):
        self.fill("cache")
        self.assertEqual(self.fetch().returncode, 0)
        self.assert_unpacked()
        before = os.stat(self.path("sources/complete")).st_mtime_ns
        shutil.rmtree(self.path("cache"))
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(os.stat(self.path("sources/complete")).st_mtime_ns, before)
        self.assertEqual(self.asked(), "")

    def test_a_damaged_cache_and_half_a_directory_are_mended_from_the_mirror_of_apt(self):
        self.fill("mirror")
        self.fill("cache")
        self.damage("cache")
        os.makedirs(self.path("sources.partial/src"))
        os.makedirs(self.path("cache/download/archives"))
        result = self.fetch()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_unpacked()
        self.assertIn("http://mirror.example/debian/", result.stderr)
        self.assertNotIn("other.example", result.stderr)
        self.assertEqual([name for name in os.listdir(self.path("cache")) if not name.endswith(".xz")], ["lock"])

    def test_other_bytes_are_refused_and_the_message_says_what_to_do(self):
        self.fill("mirror")
        self.damage("mirror")
        result = self.fetch()
        self.assertEqual(result.returncode, 1)
        self.assertIn("Put these files into " + self.path("cache"), result.stderr)
        self.assertFalse(os.path.exists(self.path("sources")))
        self.assertEqual(glob.glob(self.path("cache/*.xz")), [])


if __name__ == "__main__":
    unittest.main()
