// Threads of short lives: they return, leave by pthread_exit, or are cancelled in the middle of a wait.
#include "tests/soak/soak.h"

#include <cstring>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

namespace soak {

namespace {

constexpr size_t kStackSize = 128 << 10;
constexpr unsigned kMostAtOnce = 24;

struct Task {
    uint64_t number;
    unsigned index; // its own place in the file
    int file;
    int never_written; // the end of a pipe to read from
    pthread_t thread;
};

using Body = void* (*)(void*);

void* result_of(Task const& task) { return reinterpret_cast<void*>(task.number * 3); }

void* return_at_once(void* argument) { return result_of(*static_cast<Task*>(argument)); }

void* leave_by_exit(void* argument)
{
    thread_local char mine[64];
    memset(mine, 'x', sizeof mine);
    pthread_exit(result_of(*static_cast<Task*>(argument)));
}

void* use_a_file(void* argument)
{
    auto& task = *static_cast<Task*>(argument);
    auto offset = static_cast<off_t>(task.index * 64);
    char out[64], in[64];
    memset(out, static_cast<int>('a' + task.number % 26), sizeof out);
    retry("pwrite", [&] { return pwrite(task.file, out, sizeof out, offset); });
    check(retry("pread", [&] { return pread(task.file, in, sizeof in, offset); }) == sizeof in, "a read is complete");
    return result_of(task);
}

void* sleep_a_little(void* argument)
{
    usleep(500);
    return result_of(*static_cast<Task*>(argument));
}

void* wait_to_be_cancelled_in_a_read(void* argument)
{
    char byte;
    for (;;)
        (void)!read(static_cast<Task*>(argument)->never_written, &byte, 1);
}

void* wait_to_be_cancelled_in_a_sleep(void*)
{
    for (;;)
        usleep(1'000'000);
}

struct Way {
    Body body;
    bool is_cancelled;
};

constexpr Way kWays[] = {
    { return_at_once, false },
    { leave_by_exit, false },
    { use_a_file, false },
    { sleep_a_little, false },
    { wait_to_be_cancelled_in_a_read, true },
    { wait_to_be_cancelled_in_a_sleep, true },
};

void start(Task& task, Way const& way)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackSize);
    if (int error = pthread_create(&task.thread, &attributes, way.body, &task))
        fail("pthread_create: errno %d", error);
    pthread_attr_destroy(&attributes);
}

void finish(Task& task, Way const& way)
{
    if (way.is_cancelled)
        pthread_cancel(task.thread);
    void* result;
    if (int error = pthread_join(task.thread, &result))
        fail("pthread_join: errno %d", error);
    check(result == (way.is_cancelled ? PTHREAD_CANCELED : result_of(task)), "a thread ends with its own result");
}

void churn(Progress& progress, std::atomic<uint64_t>& count)
{
    auto random = random_numbers();
    char name[] = "/tmp/farl-soak-XXXXXX";
    int file = retry("mkstemp", [&] { return mkstemp(name); });
    unlink(name);
    int ends[2];
    retry("pipe", [&] { return pipe(ends); });
    while (!is_stopping()) {
        auto many = 1 + random() % kMostAtOnce;
        Task tasks[kMostAtOnce];
        Way ways[kMostAtOnce];
        for (unsigned i = 0; i < many; ++i) {
            tasks[i] = { .number = random(), .index = i, .file = file, .never_written = ends[0], .thread = {} };
            ways[i] = kWays[random() % std::size(kWays)];
            start(tasks[i], ways[i]);
        }
        for (unsigned i = 0; i < many; ++i)
            finish(tasks[i], ways[i]);
        count += many;
        progress.step();
    }
    close(file), close(ends[0]), close(ends[1]);
}

} // namespace

Threads start_churn(std::atomic<uint64_t>& count)
{
    constexpr int kThreads = 3;
    Threads threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back(churn, std::ref(Progress::create("churn")), std::ref(count));
    return threads;
}

} // namespace soak
