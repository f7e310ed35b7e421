// soak SECONDS CONNECTIONS: threads, connections and signals, all at once. Prints a line about its progress each
// second; scripts/soak reads them, watches the process from outside, and judges.
#include "tests/soak/soak.h"

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <unistd.h>

namespace soak {

namespace {

std::atomic<bool> stopping { false };

std::vector<Progress*>& list()
{
    static std::vector<Progress*> all;
    return all;
}

double now()
{
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

} // namespace

Progress& Progress::create(std::string name)
{
    list().push_back(new Progress(std::move(name)));
    return *list().back();
}

std::vector<Progress*> const& all_progress() { return list(); }

bool is_stopping() { return stopping.load(std::memory_order_relaxed); }
void stop_everything() { stopping = true; }

void fail(char const* format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dprintf(STDOUT_FILENO, "FAIL %s\n", text);
    _exit(1);
}

void check(bool is_right, char const* what)
{
    if (!is_right)
        fail("%s", what);
}

std::minstd_rand random_numbers()
{
    static std::atomic<unsigned> next { 1 };
    return std::minstd_rand(next++);
}

namespace {

// "progress SECONDS THREADS STEPS", then for each counter that stands still for a while "; NAME SECONDS".
void report(double since, uint64_t threads)
{
    constexpr double kWorthTelling_s = 5;
    auto time = now();
    uint64_t steps = 0;
    std::string still;
    for (auto* progress : all_progress()) {
        auto value = progress->steps();
        steps += value;
        if (value != progress->seen || progress->seen_at == 0)
            progress->seen_at = time;
        progress->seen = value;
        if (time - progress->seen_at >= kWorthTelling_s)
            still += "; " + progress->name + " " + std::to_string(static_cast<int>(time - progress->seen_at));
    }
    printf("progress %.0f %lu %lu%s\n", time - since, threads, steps, still.c_str());
    fflush(stdout);
}

void join(Threads& threads)
{
    for (auto& thread : threads)
        thread.join();
}

int run(double seconds, unsigned connection_count)
{
    std::atomic<uint64_t> threads { 0 };
    auto churn = start_churn(threads);
    auto others = start_pairs();
    for (auto& thread : start_connections(connection_count))
        others.push_back(std::move(thread));
    std::vector<pthread_t> targets;
    for (auto& thread : others)
        targets.push_back(thread.native_handle());
    auto signals = start_signals(targets);

    for (auto start = now(); now() - start < seconds;) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        report(start, threads);
    }
    stop_everything();
    join(signals);
    check_signals();
    join(churn);
    join(others);
    return 0;
}

} // namespace

} // namespace soak

int main(int count, char** words)
{
    if (count != 3) {
        fprintf(stderr, "usage: soak SECONDS CONNECTIONS\n");
        return 2;
    }
    // Whoever watches from outside can compare how it looks before and after.
    constexpr auto kQuiet = std::chrono::seconds(2);
    printf("quiet\n");
    fflush(stdout);
    std::this_thread::sleep_for(kQuiet);
    int status = soak::run(atof(words[1]), static_cast<unsigned>(atoi(words[2])));
    printf("quiet again\n");
    fflush(stdout);
    std::this_thread::sleep_for(kQuiet);
    return status;
}
