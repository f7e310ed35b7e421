"""stress-ng's stressors that need one process, each for a number of operations or, where it does not count, a time.

stress-ng forks for each stressor, and then only waits for it: programs/become_the_child.c stands in for that fork,
natively too. A stressor checks itself and tells by its exit status. Stressors whose work needs two processes at once
(futex, switch, sigio, sock, epoll) wait for fork(2); tests/soak has pairs of threads that do much the same.
"""

from tests.support.runner import NATIVE, UNDER_TEST_BY_HOST_CALLS
from tests.support.suite import AppTest, main, program

STRESSORS = {
    "pthread": ("--pthread-ops", 200),
    "mutex": ("--timeout", 1),
    "sem": ("--timeout", 1),
    "timer": ("--timer-ops", 2_000),
    "mmap": ("--mmap-ops", 3, "--mmap-bytes", "4M"),
    "vm": ("--vm-ops", 4_000, "--vm-bytes", "8M"),
    "sigtrap": ("--sigtrap-ops", 2_000),
    "sigsegv": ("--sigsegv-ops", 2_000),
    "nanosleep": ("--nanosleep-ops", 200),
}


class StressTest(AppTest):
    def stress(self, runner, stressor):
        return runner.run(
            *("env", f"LD_PRELOAD={program('become_the_child.so')}", "stress-ng", "--quiet", "--verify"),
            *("--temp-path", self.directory(), f"--{stressor}", 1, *STRESSORS[stressor]),
        )

    def test_stressors_find_nothing_wrong(self):
        for stressor in STRESSORS:
            for way, runner in {"native": NATIVE, **UNDER_TEST_BY_HOST_CALLS}.items():
                with self.subTest(stressor, way=way):
                    done = self.stress(runner, stressor)
                    self.assertEqual((done.status, done.text, done.errors), (0, "", ""))


if __name__ == "__main__":
    main("stress-ng")
