"""Programs that talk through Unix sockets: with themselves, inside, and by paths of the host with native clients."""

import os
import socket

from tests.support.runner import NATIVE, UNDER_TEST, UNDER_TEST_BY_HOST_CALLS
from tests.support.server import Server, free_port
from tests.support.suite import AppTest, main

NGINX = "/usr/sbin/nginx"
PYTHON = "/usr/bin/python3"
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
INSIDE = "/dev/shm"  # in enclave memory, so nothing of it is there for others

# Python's own tests of Unix sockets: the server is a thread of the client.
UNIX_TESTS = [word for part in ("Unix", "Abstract", "SocketPair", "SCM", "Scm") for word in ("-k", part)]

# Requests go through two sockets of its own: one inside, one with a path of the host's.
CONFIGURATION = """
daemon off; master_process off; pid {directory}/pid;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /inside/ {{ proxy_pass http://unix:{inside}:/; }}
        location /outside/ {{ proxy_pass http://unix:{directory}/socket:/; }}
    }}
    server {{
        listen unix:{inside};
        listen unix:{directory}/socket;
        location / {{ return 200 "$request_uri by $server_addr"; }}
    }}
}}
"""

# One socket is bound inside, another one to a path of the host's, and is the host's therefore.
SENDER = """if 1:
    import socket, sys
    inside, outside = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    inside.bind(sys.argv[1])
    outside.bind(sys.argv[2])
    def attempt(call):
        try:
            call()
            print("done")
        except OSError as error:
            print(type(error).__name__)
    attempt(lambda: outside.sendto(b"secret", sys.argv[1]))
    attempt(lambda: outside.connect(sys.argv[1]))
    attempt(lambda: outside.bind(sys.argv[1] + "-2"))
"""


class UnixSocketsTest(AppTest):
    def test_pythons_own_tests_pass(self):
        for place in (self.directory(), INSIDE):
            outcome = UNDER_TEST.run(
                PYTHON, "-m", "unittest", *UNIX_TESTS, "test.test_socket", env={"TMPDIR": place}, cwd=self.directory()
            )
            self.assertEqual(outcome.status, 0, outcome.errors)
            self.assertRegex(outcome.errors, r"Ran \d\d+ tests")

    def test_a_socket_of_the_hosts_reaches_no_name_inside(self):
        path = f"{INSIDE}/farl-{os.getpid()}"  # in use inside, and on the host, by somebody else
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(path)
            self.addCleanup(os.unlink, path)
            outcome = UNDER_TEST.run(PYTHON, "-c", SENDER, path, f"{self.directory()}/socket")
            self.assertEqual(outcome.text, "ConnectionRefusedError\nConnectionRefusedError\nOSError\n", outcome.errors)
            other.setblocking(False)
            self.assertRaises(BlockingIOError, other.recv, 10)

    def test_node_talks_to_itself(self):
        directory = self.directory()
        names = (f"{directory}/socket", f"{INSIDE}/farl-{os.getpid()}", f"@farl-{os.getpid()}")
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way):
                outcome = runner.run("/usr/bin/node", f"{SCRIPTS}/unix_echo.js", *names)
                self.assertEqual(outcome.text, "1048576\n" * 3, outcome.errors)

    def test_nginx_passes_requests_on_to_itself(self):
        directory, port, inside = self.directory(), free_port(), f"{INSIDE}/farl-{os.getpid()}"
        with open(f"{directory}/nginx.conf", "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(directory=directory, port=port, inside=inside))
        command = (NGINX, "-p", directory, "-c", f"{directory}/nginx.conf", "-e", "stderr")
        for way, runner in UNDER_TEST_BY_HOST_CALLS.items():
            with self.subTest(hostcalls=way), Server(runner, command, port):
                self.assertFalse(os.path.exists(inside))
                for i in range(20):
                    answer = NATIVE.run("curl", "-sS", f"http://127.0.0.1:{port}/inside/{i}")
                    self.assertEqual(answer.text, f"/{i} by unix:{inside}")
                    answer = NATIVE.run("curl", "-sS", f"http://127.0.0.1:{port}/outside/{i}")
                    self.assertEqual(answer.text, f"/{i} by unix:{directory}/socket")
                answer = NATIVE.run("curl", "-sS", "--unix-socket", f"{directory}/socket", "http://localhost/direct")
                self.assertEqual(answer.text, f"/direct by unix:{directory}/socket")
            os.unlink(f"{directory}/socket")

    def test_redis_cli_reaches_a_path_of_the_hosts(self):
        directory, port = self.directory(), free_port()
        options = ("--unixsocket", f"{directory}/socket", "--unixsocketperm", "700", "--save", "")
        with Server(UNDER_TEST, ("redis-server", "--port", port, *options), port) as server:
            server.wait_for_output("Ready to accept connections")
            self.assertEqual(os.stat(f"{directory}/socket").st_mode & 0o777, 0o700)
            told = NATIVE.run("redis-cli", "-s", f"{directory}/socket", "SET", "greeting", "hello")
            self.assertEqual(told.text, "OK\n")
            self.assertEqual(NATIVE.run("redis-cli", "-p", port, "GET", "greeting").text, "hello\n")


if __name__ == "__main__":
    main(NGINX, PYTHON, "node", "redis-server", "redis-cli", "curl")
