"""What opening costs in a protected image: the image itself, if it has many files, and a file, if it is huge."""

import atexit
import functools
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from bench.goals import Value
from bench.harness import Case
from bench.processes import BUILD
from bench.sides import AUTO
from tests.attest.peer import Peer, answer, make_key, message, startup_config, tls
from tests.image.start import BIN, Image, program_options

FILES = 50_000
HUGE = 100 << 30
PROGRAM = os.path.join(BUILD, "bench/first_read")

LOAD = "image of 50,000 files instead of 1: start"
MEMORY = "image of 50,000 files instead of 1: memory"
OPEN = "open of a 100 GiB file over that of 4 KiB"
READ = "first read of a 100 GiB file over that of 4 KiB"
GOALS = [Value(metric=LOAD, at_most=100), Value(metric=MEMORY, at_most=40), Value(metric=OPEN, at_most=1.5)]


def cases(is_quick):
    runs = 5 if is_quick else 15
    return [Case("image of many files", {LOAD: "ms", MEMORY: "MiB"}, lambda _: many_files(runs), (AUTO,)),
            Case("huge file of an image", {OPEN: "x", READ: "x"}, lambda _: huge_file(runs), (AUTO,))]


@functools.cache
def directory():
    place = tempfile.mkdtemp(prefix="farl-bench-image-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


@functools.cache
def image_of(count, *more):
    """Of so many small files."""
    place = os.path.join(directory(), f"{count}-{len(more)}")
    for number in range(count):
        folder = os.path.join(place, "tree/files", f"{number // 250:04}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"file-{number:06}"), "wb") as file:
            file.write(b"%4096d" % number)
    return Image(place, "--tree", os.path.join(place, "tree"), *program_options("/bin/cat", PROGRAM), *more)


def run(image, *arguments):
    """What a program wrote that ran from the image; seconds until it did; and how much memory its process had used then, in MiB."""
    key, certificate, _ = make_key(directory())
    config = startup_config(list(arguments), image=image.access)
    with Peer(tls(key, certificate, answer(message(config)))) as peer:
        start = time.perf_counter()
        with subprocess.Popen([f"{BIN}/attested-launch", peer.address, "shop/front"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, env={**os.environ, "FARL_TEST_ROOT": image.root}) as process:  # fmt: skip
            process.stdin.write(b"started\n")
            process.stdin.flush()
            output = process.stdout.readline()
            seconds = time.perf_counter() - start
            memory = peak_memory(process.pid)
            process.stdin.close()
            if process.wait():
                raise RuntimeError(f"{arguments}: status {process.returncode}")
        return output, seconds, memory


def peak_memory(pid):
    """0 for a process that has ended."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM:")), 0)


def many_files(runs):
    medians = {}
    for count in (1, FILES):
        starts = [run(image_of(count), "/bin/cat") for _ in range(runs)]
        medians[count] = [statistics.median(start[value] for start in starts) for value in (1, 2)]
    return {LOAD: (medians[FILES][0] - medians[1][0]) * 1e3, MEMORY: medians[FILES][1] - medians[1][1]}


def huge_file(runs):
    def nanoseconds(path, offset):
        image = image_of(1, "--huge", f"/huge={HUGE}")
        taken = [[float(word) for word in run(image, PROGRAM, path, str(offset))[0].split()] for _ in range(runs)]
        return [statistics.median(column) for column in zip(*taken)]

    huge, small = nanoseconds("/huge", HUGE // 2), nanoseconds("/files/0000/file-000000", 0)
    return {OPEN: huge[0] / small[0], READ: huge[1] / small[1]}
