// What a transition of the emulator costs: medians of batches, in nanoseconds of this thread's processor time.
//   EENTER+EEXIT    an empty call into the enclave
//   AEX+ERESUME     a fault, and the resumption at the next instruction; with and without the exception entry between
#include "tests/platform/test_enclave.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/mman.h>

namespace farl::host {

namespace {

constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;
constexpr int kBatches = 31;

void expect(Outcome const& outcome, Outcome::Kind kind)
{
    if (outcome.kind == kind)
        return;
    std::fprintf(stderr, "bench_transitions: unexpected outcome %d, vector %d\n", static_cast<int>(outcome.kind),
        outcome.vector);
    std::exit(1);
}

double processor_time()
{
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Nanoseconds per operation: the median of the batches.
template <typename Operation>
double median_time(int count, Operation operation)
{
    std::vector<double> times;
    for (int batch = 0; batch < kBatches; ++batch) {
        auto const start = processor_time();
        for (int i = 0; i < count; ++i)
            operation();
        times.push_back((processor_time() - start) / count);
    }
    std::nth_element(times.begin(), times.begin() + kBatches / 2, times.end());
    return times[kBatches / 2];
}

void report(char const* what, double ns, double goal)
{
    std::printf("%-44s %8.1f ns   goal %6.0f ns   %s\n", what, ns, goal, ns <= goal ? "met" : "MISSED");
}

double time_enter_exit(Enclave& enclave)
{
    LeafRegisters registers;
    return median_time(100'000, [&] {
        registers.rdi = static_cast<uint64_t>(Command::Echo);
        expect(enclave.enter(kTcs, EntryLeaf::Enter, registers), Outcome::Kind::Exit);
    });
}

// `command` faults again and again at instructions of this size.
double time_fault(Enclave& enclave, Command command, uint64_t argument, uint64_t size, bool runs_handler)
{
    expect(call(enclave, kTcs, command, argument).outcome, Outcome::Kind::Exception);
    auto const rip = TestEnclave::gprs(0).rip;
    LeafRegisters registers;
    auto const time = median_time(3'000, [&] {
        if (runs_handler) {
            registers.rsi = 0;
            expect(enclave.enter(kTcs, EntryLeaf::Enter, registers), Outcome::Kind::Exit);
        }
        expect(enclave.enter(kTcs, EntryLeaf::Resume, registers), Outcome::Kind::Exception);
    });
    TestEnclave::gprs(0).rip = rip + size;
    expect(enter(enclave, kTcs, EntryLeaf::Resume).outcome, Outcome::Kind::Exit);
    return time;
}

void skip_load(int, siginfo_t*, void* context) { static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 3; }

// What an ordinary handler costs that returns: the kernel's share of every fault here is in it.
double time_plain_fault()
{
    auto* page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action { };
    action.sa_sigaction = skip_load;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
    return median_time(3'000, [&] { asm volatile("mov (%0), %%rax" ::"b"(page) : "rax", "memory"); });
}

void run()
{
    // Before the emulator takes the signal.
    std::printf("%-44s %8.1f ns\n", "For comparison: SIGSEGV and rt_sigreturn", time_plain_fault());
    auto enclave = TestEnclave::make();
    constexpr double kGoalCall = 80, kGoalFault = 2500;
    constexpr uint64_t kUnmapped = TestEnclave::kBase + 0xC000;
    report("EENTER+EEXIT", time_enter_exit(*enclave), kGoalCall);
    report("AEX+ERESUME, page fault", time_fault(*enclave, Command::RaisePfRead, kUnmapped, 3, false), kGoalFault);
    report("AEX+EENTER+EEXIT+ERESUME, page fault", time_fault(*enclave, Command::RaisePfRead, kUnmapped, 3, true),
        kGoalFault);
    report("AEX+ERESUME, syscall", time_fault(*enclave, Command::Syscall, 39, 2, false), kGoalFault);
    report("AEX+EENTER+EEXIT+ERESUME, syscall", time_fault(*enclave, Command::Syscall, 39, 2, true), kGoalFault);
    report("AEX+ERESUME, int3", time_fault(*enclave, Command::RaiseBp, 0, 1, false), kGoalFault);
    std::printf("%-44s %8.1f ns\n", "AEX+ERESUME, ud2 (not on a hot path)",
        time_fault(*enclave, Command::RaiseUd, 0, 2, false));
}

} // namespace

} // namespace farl::host

int main() { farl::host::run(); }
