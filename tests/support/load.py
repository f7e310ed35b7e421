"""Load on an HTTP server: many requests over many connections at once, each of which has to be answered."""

from tests.support.runner import NATIVE

REQUESTS = 1000
CONNECTIONS = 40


def assert_load_is_served(test, server, path, answer):
    """Asks for `path` over and over, and checks that each answer is the text `answer`."""
    many = ("curl", "--silent", "--noproxy", "*", "--parallel", "--parallel-max", CONNECTIONS)
    answers = NATIVE.run(*many, server.url(f"{path}?[1-{REQUESTS}]"))
    test.assertEqual(answers.status, 0, answers.errors)
    test.assert_same_bytes(answer.encode() * REQUESTS, answers.stdout, "answers")
