#!/usr/bin/env python3
"""A protected image with a session of its own CAS: under `farl run`, and as a container of podman and docker, where those can run.

Usage: container_test.py DIRECTORY-OF-PROGRAMS
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, ROOT)
from tests.image.command import ImageCommands  # noqa: E402
from tests.support.cas import Cas  # noqa: E402

SECRET = "open sesame, and nobody else may read it\n"
# Small machines do not let limits be raised, and have cgroups that crun refuses.
CONTAINERS_CONF = '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n'


class Container(ImageCommands):
    def setUp(self):
        super().setUp()
        self.write("key", SECRET)
        self.write("policy.yaml", "regions: { /secret: encrypted }\ncmd: [ /secret/key ]\n")
        self.farl("pack", "/usr/bin/cat", "/usr/bin/cp", "-o", "plain.oci", "--add", "key=/secret/key")
        self.farl("build", "-p", "policy.yaml", "plain.oci", "-o", "cat.tar")
        self.cas = Cas(self.programs, self.directory)
        self.addCleanup(self.cas.kill)
        self.cas.create("shop", self.session())

    def session(self):
        """What `farl build` wrote, with a name and an attestation rule."""
        secrets, service = re.search(r"^(secrets:\n.*)^service:\n(.*)", self.read("cat.tar.keys.yaml").decode(), re.M | re.S).groups()
        rule = f"    attestation: {{ mrenclave: [ {self.cas.mrenclave()} ], emulated: any }}\n"
        cat = f"{re.sub('^', '  ', service, flags=re.M).rstrip()}\n{rule}"
        volume = "    volumes: { data: { path: /var/kept } }\n"
        keep = re.sub("argv: .*", "argv: [ /usr/bin/cp, /secret/key, /var/kept/copy ]", cat)
        show = re.sub("argv: .*", "argv: [ /usr/bin/cat, /var/kept/copy ]", cat)
        return f"farl: 1\nname: shop\n{secrets}services:\n  cat:\n{cat}  keep:\n{keep}{volume}  show:\n{show}{volume}"

    def variables(self, service="cat"):
        address = self.cas.enclaves.replace("127.0.0.1", "localhost")  # which the launcher resolves
        variables = (f"FARL_CAS={address}", f"FARL_CAS_KEY={self.cas.key}", f"FARL_SESSION=shop/{service}")
        return [word for variable in variables for word in ("-e", variable)]

    def check_volume(self, run):
        """`run` starts a service, with the directory of volumes at /farl/volumes."""
        os.mkdir(self.path("volumes"))
        for service, output in (("keep", ""), ("show", SECRET), ("show", SECRET)):
            told = run(service)
            self.assertEqual((told.returncode, told.stdout), (0, output), told.stderr)
        self.assertEqual(os.listdir(self.path("volumes")), ["data.volume"])
        self.assertNotIn(SECRET.encode(), self.read("volumes/data.volume"))

    def engine(self, *words):
        environment = os.environ | {"CONTAINERS_CONF": self.path("containers.conf")}
        return subprocess.run(words, capture_output=True, text=True, timeout=300, env=environment, cwd=self.directory, check=False)

    def test_farl_run(self):
        told = self.farl("run", "--quiet", "--cas", self.cas.enclaves, "--cas-key", self.cas.key, "--session", "shop/cat", "cat.tar")
        self.assertEqual(told.stdout, SECRET)

    def test_a_volume_outlives_farl_run(self):
        cas = ("--cas", self.cas.enclaves, "--cas-key", self.cas.key)
        self.check_volume(lambda service: self.farl("run", "--quiet", *cas, "--session", f"shop/{service}", "-v", "volumes", "cat.tar"))

    def test_podman(self):
        if not shutil.which("podman"):
            self.skipTest("there is no podman here")
        self.write("containers.conf", CONTAINERS_CONF)
        podman = ["podman", "--root", self.path("storage"), "--runroot", self.path("runroot"), "--storage-driver", "vfs"]
        self.addCleanup(lambda: self.engine(*podman, "rmi", "--all", "--force"))
        loaded = self.engine(*podman, "load", "-q", "-i", "cat.tar")
        if loaded.returncode:
            self.skipTest(f"podman does not work here: {loaded.stderr}")
        image = loaded.stdout.split()[-1].removeprefix("sha256:")
        probe = self.engine(*podman, "run", "--rm", "--network", "host", image)
        if "FARL_CAS" not in probe.stderr:
            self.skipTest(f"podman cannot start containers here: {probe.stderr}")
        told = self.engine(*podman, "run", "--rm", "--network", "host", *self.variables(), image)
        self.assertEqual((told.returncode, told.stdout), (0, SECRET), told.stderr)
        mount = ("-v", f"{self.path('volumes')}:/farl/volumes")
        self.check_volume(lambda service: self.engine(*podman, "run", "--rm", "--network", "host", *mount, *self.variables(service), image))
        homeless = self.engine(*podman, "run", "--rm", "--network", "host", *self.variables("show"), image)
        self.assertEqual((homeless.returncode, homeless.stdout), (125, ""))
        self.assertIn("a directory at /farl/volumes of the container", homeless.stderr)
        wrong = self.engine(*podman, "run", "--rm", "--network", "host", "-e", "FARL_CAS=cas.example", "-e", "FARL_SESSION=shop/cat", image)
        self.assertEqual((wrong.returncode, wrong.stdout), (125, ""))
        self.assertIn("farl: FARL_CAS: expected the host and port", wrong.stderr)

    def test_docker(self):
        if not shutil.which("docker") or self.engine("docker", "info").returncode:
            self.skipTest("there is no docker here")
        loaded = self.engine("docker", "load", "-q", "-i", "cat.tar")
        self.assertEqual(loaded.returncode, 0, loaded.stderr)
        image = loaded.stdout.split()[-1]
        self.addCleanup(lambda: self.engine("docker", "rmi", "--force", image))
        told = self.engine("docker", "run", "--rm", "--network", "host", *self.variables(), image)
        self.assertEqual((told.returncode, told.stdout), (0, SECRET), told.stderr)
        mount = ("-v", f"{self.path('volumes')}:/farl/volumes")
        self.check_volume(lambda service: self.engine("docker", "run", "--rm", "--network", "host", *mount, *self.variables(service), image))


if __name__ == "__main__":
    unittest.main()
