// The way out and back: fills this carrier's slot, leaves the enclave, and returns the launcher's answer. The answer is
// only a claim; callers check it. Everything above uses hostcall/; the scheduler itself stands below that.
#pragma once

#include "abi/wire/hostcall.h"
#include "enclave/boundary/host_memory.h"

#include <array>

namespace farl {

struct GateRequest {
    uint64_t number { 0 };
    std::array<uint64_t, 6> arguments {};
    uint64_t wake_carrier { 0 }; // index + 1
    bool spawn_carrier { false };
    bool is_cancellable { false };
    uint64_t stopped_by { 0 };
    uint64_t follow_ups { 0 };
    bool may_block { false };
};

int64_t host_gate(GateRequest const& request);
int64_t host_gate(wire::FarlCall call, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0);

// Lets others have this host thread's processor. Needs no fiber, and may be called with spinlocks held.
void host_give_way();

// Ends the process: with this status, or by this signal if it is not 0.
[[noreturn]] void leave_for_good(uint64_t status, uint64_t signal);
inline constexpr uint64_t kFarlFailed = 125; // the status for whatever is not the program's own doing

inline uint64_t read_fs_base()
{
    uint64_t base;
    asm volatile("rdfsbase %0" : "=r"(base));
    return base;
}
inline void write_fs_base(uint64_t base) { asm volatile("wrfsbase %0" : : "r"(base)); }

} // namespace farl
