"""Compares what a test observes natively with what it observes in each way of host calls, and with costs of transitions."""

from tests.support.runner import NATIVE, UNDER_TEST, UNDER_TEST_BY_HOST_CALLS

WAYS = {
    **UNDER_TEST_BY_HOST_CALLS,
    "auto with costs": UNDER_TEST.with_options("--hostcalls", "auto", "--emulate-costs", "sgx2"),
}


def agreeing(test, observe):
    """Checks that observe(runner) sees the same in every way as it does natively, and returns what that is."""
    native = observe(NATIVE)
    for way, runner in WAYS.items():
        with test.subTest(way):
            test.assertEqual(observe(runner), native)
    return native
