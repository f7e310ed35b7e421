// soak SECONDS CONNECTIONS: threads, connections and signals, all at once. Prints a line about its progress each
// second; scripts/soak reads them, watches the process from outside, and judges.
#include "tests/soak/soak.h"

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
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

// What is going on that may take too long, if anything.
struct Phase {
    std::atomic<char const*> name { "running" };
    std::atomic<double> since { now() };
    void begin(char const* its_name)
    {
        since = now();
        name = its_name;
    }
};

// "progress SECONDS THREADS STEPS", then for each thing that stands still for a while "; NAME SECONDS".
void report(double start, uint64_t threads, Phase const& phase)
{
    constexpr double kWorthTelling_s = 5;
    auto time = now();
    uint64_t steps = 0;
    std::string still;
    auto tell = [&](std::string const& name, double since) {
        if (time - since >= kWorthTelling_s)
            still += "; " + name + " " + std::to_string(static_cast<int>(time - since));
    };
    for (auto* progress : all_progress()) {
        auto value = progress->steps();
        steps += value;
        if (value != progress->seen || progress->seen_at == 0)
            progress->seen_at = time;
        progress->seen = value;
        if (!is_stopping())
            tell(progress->name, progress->seen_at);
    }
    if (is_stopping())
        tell(phase.name.load(), phase.since);
    printf("progress %.0f %lu %lu%s\n", time - start, threads, steps, still.c_str());
    fflush(stdout);
}

void pass_time() { std::this_thread::sleep_for(std::chrono::seconds(1)); }

void join(Threads& threads, Phase& phase, char const* name)
{
    phase.begin(name);
    for (auto& thread : threads)
        thread.join();
}

void run(double seconds, unsigned connection_count)
{
    std::atomic<uint64_t> threads { 0 };
    auto churn = start_churn(threads);
    auto pairs = start_pairs();
    auto connections = start_connections(connection_count);
    std::vector<pthread_t> targets;
    for (auto* part : { &pairs, &connections })
        for (auto& thread : *part)
            targets.push_back(thread.native_handle());
    auto signals = start_signals(targets);

    auto start = now();
    Phase phase;
    std::atomic<bool> has_ended { false };
    std::thread reporter([&] {
        for (; !has_ended; pass_time())
            report(start, threads, phase);
    });
    while (now() - start < seconds)
        pass_time();
    phase.begin("stopping");
    stop_everything();
    join(signals, phase, "joining the senders of signals");
    check_signals();
    join(churn, phase, "joining the makers of threads");
    join(pairs, phase, "joining the pairs");
    join(connections, phase, "joining servers and clients");
    has_ended = true;
    reporter.join();
}

// Whoever watches from outside can compare how it looks before and after, and gives a byte or the end when done.
void be_quiet(char const* name)
{
    printf("%s\n", name);
    fflush(stdout);
    char byte;
    retry("read", [&] { return read(STDIN_FILENO, &byte, 1); });
}

} // namespace

} // namespace soak

int main(int count, char** words)
{
    if (count != 3) {
        fprintf(stderr, "usage: soak SECONDS CONNECTIONS\n");
        return 2;
    }
    soak::be_quiet("quiet");
    soak::run(atof(words[1]), static_cast<unsigned>(atoi(words[2])));
    soak::be_quiet("quiet again");
    return 0;
}
