// The end of the enclave for a bug of our own, or for what the host did to it: one line, then exit.
#include "enclave/hostcall/log.h"
#include "enclave/sched/carrier.h"
#include "enclave/sched/gate.h"

extern "C" [[noreturn]] void farl_refuse();

namespace farl {

namespace {

// Until a carrier has its slot and its fiber it can ask for nothing, a line included.
void leave_unless_complete()
{
    auto& carrier = Carrier::current();
    if (!carrier.slot || !carrier.fiber)
        farl_refuse();
}

} // namespace

void panic(char const* file, int line, char const* what)
{
    leave_unless_complete();
    Log(LogLevel::Error) << "internal error: " << what << " (" << file << ':' << line << ')';
    leave_for_good(kFarlFailed, 0);
}

} // namespace farl

extern "C" [[noreturn]] void farl_runtime_fault(uint64_t rip, uint64_t vector, uint64_t address)
{
    farl::leave_unless_complete();
    {
        farl::Log line(farl::LogLevel::Error);
        line << "internal error: exception " << vector << " at 0x";
        line.hex(rip) << ", address 0x";
        line.hex(address);
    }
    farl::leave_for_good(farl::kFarlFailed, 0);
}

extern "C" [[noreturn]] void __stack_chk_fail() { farl::panic("stack", 0, "stack smashed"); }
extern "C" [[noreturn]] void __cxa_pure_virtual() { farl::panic("virtual", 0, "pure virtual call"); }

// What the standard headers call for a bug.
namespace std {
[[noreturn]] void __throw_out_of_range_fmt(char const*, ...) { farl::panic("string_view", 0, "out of range"); }
} // namespace std
