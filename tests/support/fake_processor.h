// FakeProcessor: plays the processor and the kernel for fake_vdso.S. Each ENCLU takes the next step of a script;
// without one left it is a failure of the test. One per process at a time, used by one thread.
#pragma once

#include "host/platform/sgx/driver.h"

#include <csignal>
#include <deque>
#include <functional>
#include <ucontext.h>
#include <vector>

namespace farl::host {

class FakeProcessor {
public:
    // What ENCLU found in the registers.
    struct Entry {
        uint64_t rax, rbx, rcx, rdi, rsi, rdx, r8, r9;
    };
    using Step = std::function<void(ucontext_t&)>;

    FakeProcessor();
    ~FakeProcessor();
    FakeProcessor(FakeProcessor const&) = delete;

    static EntryFunction entry_function();

    FakeProcessor& then(Step step);
    // EEXIT with these registers.
    FakeProcessor& exit(uint64_t rdi, uint64_t rsi = 0, uint64_t rdx = 0, uint64_t r8 = 0, uint64_t r9 = 0);
    // A fault: in the enclave, or of the leaf itself.
    FakeProcessor& fault(uint16_t vector, uint16_t error_code = 0, uint64_t address = 0);
    FakeProcessor& refuse(uint16_t vector, uint16_t error_code = 0, uint64_t address = 0);
    // The enclave computes until a signal has come, which finds the thread after an AEX.
    FakeProcessor& compute_until(int signal);
    // The signal comes before the ENCLU has begun, which is executed again after it.
    FakeProcessor& signal_first(int signal);

    std::vector<Entry> const& entries() const { return entries_; }
    bool is_done() const { return script_.empty(); }

private:
    static void execute(int, siginfo_t*, void* context);
    void enclu(ucontext_t& context);

    std::deque<Step> script_;
    std::vector<Entry> entries_;
    struct sigaction before_ { };
};

} // namespace farl::host
