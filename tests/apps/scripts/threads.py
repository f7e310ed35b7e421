"""A thread pool, locks, conditions, queues, timed waits and thread-local values."""

import concurrent.futures
import hashlib
import queue
import threading

WORKERS = 16


def digest(number):
    return hashlib.sha256(str(number).encode() * 10000).hexdigest()[:8]


with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
    digests = list(pool.map(digest, range(400)))
print("pool:", digests[0], digests[-1], len(set(digests)))

counter, lock = 0, threading.Lock()


def count():
    global counter
    for _ in range(2000):
        with lock:
            counter += 1


counters = [threading.Thread(target=count) for _ in range(WORKERS)]
for thread in counters:
    thread.start()
for thread in counters:
    thread.join()
print("lock:", counter)

jobs, results = queue.Queue(maxsize=4), queue.Queue()


def work():
    while (job := jobs.get()) is not None:
        results.put(job * job)


workers = [threading.Thread(target=work) for _ in range(4)]
for worker in workers:
    worker.start()
for job in range(1000):
    jobs.put(job)
for _ in workers:
    jobs.put(None)
for worker in workers:
    worker.join()
print("queue:", sum(results.get() for _ in range(1000)), results.empty())

barrier = threading.Barrier(WORKERS)
local = threading.local()
seen = []


def meet(number):
    local.number = number
    barrier.wait()
    seen.append(local.number)


members = [threading.Thread(target=meet, args=(n,)) for n in range(WORKERS)]
for member in members:
    member.start()
for member in members:
    member.join()
print("barrier:", sorted(seen))
print("timed wait:", threading.Event().wait(0.05))
