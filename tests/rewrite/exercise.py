"""What exercise.c does not reach: an interpreter with threads, processes, sockets and an event loop. Prints what is the
same in each run."""
import asyncio
import hashlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


def threads():
    done = []
    lock = threading.Lock()

    def work(number):
        time.sleep(0.001)
        with lock:
            done.append(number)

    pool = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    print("threads", sorted(done) == list(range(40)))


def processes():
    print("run", subprocess.run(["/bin/echo", "hello"], capture_output=True, check=True).stdout)
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os._exit(7)
    print("fork", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def sockets():
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data[::-1])

    thread = threading.Thread(target=serve)
    thread.start()
    with socket.create_connection(server.getsockname()) as client:
        client.sendall(b"stressed")
        print("socket", client.recv(100), select.select([client], [], [], 0.01))
    thread.join()
    server.close()


def signals():
    seen = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    reader, writer = os.pipe()
    threading.Timer(0.1, os.write, (writer, b"late")).start()
    print("signal", os.read(reader, 10), seen)


async def event_loop():
    async def tick(number):
        await asyncio.sleep(0.01 * number)
        return number

    process = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    output, _ = await process.communicate(b"through a pipe")
    print("asyncio", await asyncio.gather(*map(tick, range(5))), output)


def files():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "file")
        with open(path, "wb") as file:
            file.write(bytes(range(256)) * 4096)
        os.symlink("file", path + ".link")
        with open(path + ".link", "rb") as file:
            print("files", hashlib.sha256(file.read()).hexdigest(), sorted(os.listdir(directory)))


threads()
processes()
sockets()
signals()
asyncio.run(event_loop())
files()
