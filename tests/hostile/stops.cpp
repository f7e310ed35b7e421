#include "tests/hostile/stops.h"

#include "tests/hostile/random.h"

#include <csignal>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr std::chrono::microseconds kInterruptPeriod { 300 };

} // namespace

// Mostly as long as others take for a few calls, sometimes long enough for them to run out of work.
void RandomStops::stop()
{
    auto random = next_random();
    std::this_thread::sleep_for(std::chrono::microseconds(random % 16 ? random % 200 : random % 20'000));
    ++stops_;
}

// By the launcher's own signal, which does nothing else.
void RandomStops::interrupt_for_ever()
{
    for (;;) {
        std::this_thread::sleep_for(kInterruptPeriod);
        if (auto thread = threads_[next_random() % 8].load(); thread && !is_done())
            syscall(SYS_tgkill, getpid(), thread, SIGRTMIN);
    }
}

Outcome RandomStops::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    auto index = (tcs - sgx::kTcsAreaBase) / sgx::kTcsBlockSize;
    threads_[index].store(static_cast<int>(syscall(SYS_gettid)));
    if (!is_armed || is_done())
        return enclave.enter(tcs, leaf, registers);
    if (!is_interrupting_.exchange(true))
        std::thread([this] { interrupt_for_ever(); }).detach();
    if (next_random() % 4 == 0)
        stop();
    auto outcome = enclave.enter(tcs, leaf, registers);
    while (outcome.kind == Outcome::Kind::Interrupt && next_random() % 2) {
        stop();
        outcome = enclave.enter(tcs, EntryLeaf::Resume, registers);
    }
    return outcome;
}

} // namespace farl::host
