"""fio on a volume, on gocryptfs, and on the page cache of the directory in which both keep their files.

One job, in a thread of fio's process: there is no fork in an enclave.
"""

import dataclasses
import json

from bench.goals import Ratio
from bench.harness import Case
from bench.sides import GOCRYPTFS, NATIVE, VOLUME, VOLUME_LAZY
from bench.storage import files_of

SIDES = (NATIVE, VOLUME, VOLUME_LAZY, GOCRYPTFS)
OPTIONS = (
    "--name=bench --thread --ioengine=psync --invalidate=0 --time_based --disk_util=0 --gtod_reduce=1 --eta=never"
    " --output-format=json"
).split()
IN_CACHE, BEYOND_CACHE = "32m", "256m"  # `farl run --cache` is 64 MiB


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    size: str
    options: tuple
    over_native: float = None  # what it promises

    def seen(self, report):
        """MB/s, of reads or writes, whichever there were."""
        done = json.loads(report[report.index("{") :])["jobs"][0]
        return (done["read"]["bw_bytes"] + done["write"]["bw_bytes"]) / 1e6


JOBS = (
    Job("fio randread 4 KiB", IN_CACHE, ("--rw=randread", "--bs=4k"), 2),
    Job("fio randwrite 4 KiB", IN_CACHE, ("--rw=randwrite", "--bs=4k")),
    Job("fio seqread 128 KiB", BEYOND_CACHE, ("--rw=read", "--bs=128k"), 0.7),
    Job("fio seqwrite 128 KiB", BEYOND_CACHE, ("--rw=write", "--bs=128k"), 0.7),
    Job("fio randwrite 4 KiB, fsync after each", IN_CACHE, ("--rw=randwrite", "--bs=4k", "--fsync=1")),
)

GOALS = [Ratio(metric=job.name, side=VOLUME, at_least=job.over_native) for job in JOBS if job.over_native] + [
    Ratio(metric=job.name, side=VOLUME, to=GOCRYPTFS, at_least=2) for job in JOBS
]


def cases(is_quick):
    return [job_case(job, 1 if is_quick else 5) for job in JOBS]


def job_case(job, seconds):
    def measure(runner):
        with files_of(runner) as place:
            more = (f"--directory={place.directory}", f"--size={job.size}", f"--runtime={seconds}")
            return {job.name: job.seen(place.run("fio", *OPTIONS, *more, *job.options).text)}

    return Case(job.name, {job.name: "MB/s"}, measure, SIDES, program="fio")
