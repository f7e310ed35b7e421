"""The tests of Go's standard library, compiled as they are and run natively and in an enclave.

    FARL_TEST_RUNNER="build/bin/farl run --quiet --hostcalls async --" python3 -m tests.apps.go_std net/http runtime

A test that passes natively must not fail or be missing in the enclave, unless it fails for want of child processes.
"""

import os
import re
import subprocess
import sys
import tempfile

from tests.support.runner import NATIVE, UNDER_TEST

TIME_LIMIT_SECONDS = 600
_VERDICT = re.compile(r"^(\s*)--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_NO_CHILDREN = "fork/exec"

# These look at what a child should have left without looking whether there was one, and end the process.
_NEED_CHILDREN = {
    "os": {"TestErrProcessDone", "TestStartProcess", "TestKillStartProcess", "TestKillFindProcess"},
    "sync": {"TestMutexMisuse"},
}


def go(*arguments, **options):
    return subprocess.run(["go", *arguments], check=True, capture_output=True, text=True, **options).stdout


def compile_tests(package, directory):
    """The path of the program of a package's tests."""
    path = os.path.join(directory, package.replace("/", "_"))
    go("test", "-c", "-o", path, package, env={**os.environ, "GO111MODULE": "off"})
    return path


def verdicts(output):
    """What became of each test."""
    return {match[3]: match[2] for match in _VERDICT.finditer(output)}


def needs_children(output, name):
    """Whether the part of the output that belongs to a test tells of a child that could not be started."""
    part = re.search(rf"^=== RUN +{re.escape(name)}\b.*?(?=^=== RUN +(?!{re.escape(name)}/)|\Z)", output, re.M | re.S)
    return bool(part) and _NO_CHILDREN in part[0]


class Package:
    def __init__(self, name, directory):
        self.name = name
        self._program = compile_tests(name, directory)
        self._sources = os.path.join(go("env", "GOROOT").strip(), "src", name)
        self._native = self._run(NATIVE)

    def differences(self, runner):
        """Lines about tests that pass natively, and fail or are missing in the enclave."""
        inside = self._run(runner)
        native, tested = verdicts(self._native), verdicts(inside)
        return [
            f"{self.name} {name}: {tested.get(name, 'missing')}"
            for name, verdict in native.items()
            if verdict == "PASS" and tested.get(name) not in ("PASS", "SKIP") and not needs_children(inside, name.split("/")[0])
        ]

    def _run(self, runner):
        command = (self._program, "-test.v", "-test.short", "-test.run", self._chosen())
        done = runner.run(*command, cwd=self._sources, timeout=TIME_LIMIT_SECONDS)
        return done.text + done.errors

    def _chosen(self):
        listed = NATIVE.run(self._program, "-test.list", ".", cwd=self._sources).text.split()
        left_out = _NEED_CHILDREN.get(self.name, set())
        return "^(" + "|".join(name for name in listed if name not in left_out) + ")$"


def main(packages):
    with tempfile.TemporaryDirectory(prefix="farl-apps-go-") as directory:
        found = [line for name in packages for line in Package(name, directory).differences(UNDER_TEST)]
    print("\n".join(found) or "no difference")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
