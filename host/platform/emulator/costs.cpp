#include "host/platform/emulator/costs.h"

#include <ctime>

namespace farl::host {

constinit std::atomic<uint64_t> half_transition_ticks { 0 };
constinit std::atomic<uint64_t> charged_half_transitions { 0 };

namespace {

uint64_t now_ns()
{
    timespec now {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

double ticks_per_ns()
{
    constexpr uint64_t kWindow_ns = 1'000'000;
    auto start_ns = now_ns();
    auto start = __rdtsc();
    uint64_t elapsed_ns;
    do {
        elapsed_ns = now_ns() - start_ns;
    } while (elapsed_ns < kWindow_ns);
    return static_cast<double>(__rdtsc() - start) / static_cast<double>(elapsed_ns);
}

} // namespace

void set_transition_cost(uint64_t entry_and_exit_ns)
{
    auto ticks = entry_and_exit_ns ? static_cast<double>(entry_and_exit_ns) * ticks_per_ns() / 2 : 0;
    half_transition_ticks.store(static_cast<uint64_t>(ticks), std::memory_order_relaxed);
}

} // namespace farl::host
