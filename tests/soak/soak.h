// The parts of the soak, and what they share: counters that show progress, the end, and how a failure is told. Each
// part starts threads that work until is_stopping() and check what they get.
#pragma once
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace soak {

using Threads = std::vector<std::thread>;

// Something that has to go on for ever. Made before the report starts; never gone.
class Progress {
public:
    static Progress& create(std::string name);
    void step() { steps_.fetch_add(1, std::memory_order_relaxed); }
    uint64_t steps() const { return steps_.load(std::memory_order_relaxed); }

    std::string const name;
    // For the report alone: what it saw last, and when that was new.
    uint64_t seen { 0 };
    double seen_at { 0 };

private:
    explicit Progress(std::string its_name) : name(std::move(its_name)) { }
    std::atomic<uint64_t> steps_ { 0 };
};

std::vector<Progress*> const& all_progress();

bool is_stopping();
void stop_everything();

// Says what is wrong and ends the process.
[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(char const* format, ...);
void check(bool is_right, char const* what);

// Repeats a call that a signal interrupts. Any other failure is one of the soak.
template <typename Call>
auto retry(char const* what, Call call)
{
    for (;;) {
        auto result = call();
        if (result >= 0)
            return result;
        if (errno != EINTR)
            fail("%s: errno %d", what, errno);
    }
}

// From a seed that was printed, so that one thread's choices can be repeated.
std::minstd_rand random_numbers();

// Threads of short lives, ended in every way; returns how many there have been through `count`.
Threads start_churn(std::atomic<uint64_t>& count);
// Pairs of threads, each waiting for the other in another way.
Threads start_pairs();
// A server of many connections and its clients.
Threads start_connections(unsigned count);
// Signals to the process and to the given threads, and timers. These end first, since they aim at the others.
Threads start_signals(std::vector<pthread_t> targets);
// When the senders have ended: that no queued signal is lost.
void check_signals();

} // namespace soak
