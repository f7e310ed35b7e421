// The end of the enclave for a bug of our own: one line, then exit.
#include "enclave/hostcall/log.h"
#include "enclave/sched/gate.h"

namespace farl {

namespace {

constexpr uint64_t kPanicStatus = 70; // EX_SOFTWARE

[[noreturn]] void end()
{
    host_gate(wire::FarlCall::Exit, kPanicStatus, 0);
    __builtin_trap();
}

} // namespace

void panic(char const* file, int line, char const* what)
{
    Log(LogLevel::Error) << "internal error: " << what << " (" << file << ':' << line << ')';
    end();
}

} // namespace farl

extern "C" [[noreturn]] void farl_runtime_fault(uint64_t rip, uint64_t vector, uint64_t address)
{
    (farl::Log(farl::LogLevel::Error) << "internal error: exception " << vector << " at 0x").hex(rip)
        << " address 0x" << address;
    farl::end();
}

extern "C" [[noreturn]] void __stack_chk_fail() { farl::panic("stack", 0, "stack smashed"); }
extern "C" [[noreturn]] void __cxa_pure_virtual() { farl::panic("virtual", 0, "pure virtual call"); }

// What the standard headers call for a bug.
namespace std {
[[noreturn]] void __throw_out_of_range_fmt(char const*, ...) { farl::panic("string_view", 0, "out of range"); }
} // namespace std
