#include "tests/hostile/crossing.h"

#include "abi/sgx/layout.h"
#include "host/platform/emulator/aex.h"
#include "host/platform/emulator/context.h"
#include "host/platform/emulator/epc_enclave.h"
#include "tests/hostile/attack.h"

#include <csignal>
#include <cstring>

extern "C" {
int __real_emulator_gate_enter(farl::host::ThreadBlock*);
int __real_emulator_gate_resume(farl::host::ThreadBlock*);
void __real_emulator_handle_fault(int, siginfo_t*, ucontext_t*, farl::host::ThreadBlock*, farl::host::SegmentBases*);
extern char const hostile_entry[], hostile_exit[];

uint64_t hostile_frame[5]; // RIP, CS, RFLAGS, RSP, SS, as IRETQ takes them
uint64_t hostile_poisons;
uint64_t hostile_return; // where the exit really goes

struct {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15;
    alignas(64) uint8_t xsave[4096];
} hostile_record;
}

namespace farl::host {

void (*choose_crossing)(Crossing& crossing) = nullptr;

namespace {

constexpr uint64_t kTrapFlag = 0x100;
// CF PF AF ZF SF DF OF NT AC ID
constexpr uint64_t kPoisonFlags = 0x200 | 0xCD5 | 0x4000 | 0x4'0000 | 0x20'0000;
constexpr uint64_t kPoison = 0xBADC0FFEE0DDF00D;
constexpr uint64_t kVectorPoison = 0x5B5B5B5B5B5B5B5B;

// Usable in signal handlers.
class AddressSet {
public:
    // False if it is there already, or there is no room.
    bool insert(uint64_t address)
    {
        for (auto at = address * 0x9E3779B97F4A7C15 >> (64 - kBits);; at = (at + 1) % kSize) {
            if (places_[at] == address || count_ == kSize / 2)
                return false;
            if (places_[at] == 0) {
                places_[at] = address;
                ++count_;
                return true;
            }
        }
    }
    auto begin() const { return std::begin(places_); }
    auto end() const { return std::end(places_); }

private:
    static constexpr unsigned kBits = 17;
    static constexpr size_t kSize = 1 << kBits;
    uint64_t places_[kSize] {};
    size_t count_ { 0 };
};

// By CSSA: what runs in the enclave, and the exception handler while that waits.
struct Level {
    Crossing crossing;
    uint64_t steps_left { 0 };
    uint64_t given_rsp { 0 }; // an exit gives back what its own entry came with
    AddressSet swept;
} levels[2];

Level& current_level(ThreadBlock const& thread) { return levels[thread.tcs->tcs.cssa & 1]; }

void judge(bool is_right, char const* what, uint64_t value)
{
    if (!is_right)
        report(std::string("leaked ") + what + " " + std::to_string(value));
}

void set_frame(ThreadBlock const& thread, Level& level)
{
    auto const& crossing = level.crossing;
    uint64_t cs, ss;
    asm("mov %%cs, %0" : "=r"(cs));
    asm("mov %%ss, %0" : "=r"(ss));
    uint64_t flags = crossing.is_poisoned ? kPoisonFlags : 0x202;
    auto rsp = crossing.is_poisoned ? crossing.rsp : thread.host_rsp;
    level.given_rsp = rsp;
    uint64_t const frame[] = { thread.enter.rip, cs, flags | (level.steps_left ? kTrapFlag : 0), rsp, ss };
    memcpy(hostile_frame, frame, sizeof(frame));
}

void prepare(ThreadBlock& thread)
{
    auto& level = current_level(thread);
    auto& crossing = level.crossing;
    crossing = {};
    choose_crossing(crossing);
    level.steps_left = crossing.steps + crossing.sweeps;
    if (!crossing.is_poisoned && !crossing.is_recorded && !level.steps_left)
        return;
    hostile_poisons = crossing.is_poisoned ? 1 + crossing.spares_x87 : 0;
    set_frame(thread, level);
    thread.enter.rip = reinterpret_cast<uint64_t>(hostile_entry);
    if (crossing.is_recorded) {
        hostile_return = thread.enter.rcx;
        thread.enter.rcx = reinterpret_cast<uint64_t>(hostile_exit);
    }
}

bool is_step(int signal, siginfo_t const& info, ThreadBlock const* thread)
{
    return thread && choose_crossing && signal == SIGTRAP && info.si_code > 0;
}

void set_trap(ucontext_t& context, bool on)
{
    auto flags = reg(context, REG_EFL);
    set_reg(context, REG_EFL, on ? flags | kTrapFlag : flags & ~kTrapFlag);
}

// Whether something is to happen before the instruction that comes next.
bool is_due(Level& level, uint64_t rip)
{
    --level.steps_left;
    if (!level.crossing.sweeps)
        return level.steps_left == 0;
    // The program's own are all alike to the runtime.
    constexpr uint64_t kSampled = 16;
    static uint64_t programs = 0;
    bool is_runtime = rip >= sgx::kRuntimeBase;
    return level.swept.insert(rip) && (is_runtime || programs++ % kSampled == 0);
}

// One instruction of the enclave is done. Outside of it nothing is to be seen. The trap flag comes back without steps
// when the program's flags were saved with it.
void step(siginfo_t& info, ucontext_t& context, ThreadBlock& thread, SegmentBases& bases)
{
    auto& level = current_level(thread);
    auto rip = reg(context, REG_RIP);
    bool is_over = rip >= sgx::kEnclaveSize || !level.steps_left;
    bool happens = !is_over && is_due(level, rip);
    set_trap(context, !is_over && !happens && level.steps_left);
    if (!happens)
        return;
    if (level.crossing.injects_fault)
        leave_by_exception(thread, context, bases, { .vector = sgx::kVectorPf, .error_code = 4, .address = 0x1000 });
    emulator_handle_interrupt(SIGRTMIN, &info, &context, &thread, &bases);
}

} // namespace

std::vector<uint64_t> swept_addresses(bool in_handler)
{
    std::vector<uint64_t> addresses;
    for (auto address : levels[in_handler].swept)
        if (address >= sgx::kRuntimeBase && address < sgx::kRuntimeHeapBase)
            addresses.push_back(address);
    return addresses;
}

} // namespace farl::host

using namespace farl::host;

// The emulator jumps here, with any alignment of the stack.
extern "C" [[gnu::force_align_arg_pointer]] int __wrap_emulator_gate_enter(ThreadBlock* thread)
{
    if (choose_crossing && thread->enter.rbx == farl::sgx::tcs_address(0))
        prepare(*thread);
    return __real_emulator_gate_enter(thread);
}

// ERESUME goes on with what was begun, as an adversary with a timer would.
extern "C" [[gnu::force_align_arg_pointer]] int __wrap_emulator_gate_resume(ThreadBlock* thread)
{
    auto const& level = current_level(*thread);
    bool is_first = thread->last_tcs.address == farl::sgx::tcs_address(0);
    if (choose_crossing && is_first && level.crossing.sweeps && level.steps_left)
        thread->resume.rflags |= kTrapFlag;
    return __real_emulator_gate_resume(thread);
}

extern "C" void __wrap_emulator_handle_fault(
    int signal, siginfo_t* info, ucontext_t* context, ThreadBlock* thread, SegmentBases* bases)
{
    if (is_step(signal, *info, thread))
        return step(*info, *context, *thread, *bases);
    __real_emulator_handle_fault(signal, info, context, thread, bases);
}

// From hostile_exit, on a stack of its own: nothing but the two values, the leaf and the target may be the enclave's.
extern "C" void hostile_judge_exit()
{
    auto const& left = hostile_record;
    judge(left.rax == 4, "rax", left.rax);
    judge(left.rbx == reinterpret_cast<uint64_t>(hostile_exit), "rbx", left.rbx);
    judge(left.rcx == hostile_return || left.rcx == 0, "rcx", left.rcx);
    bool was_handler = left.rdi == static_cast<uint64_t>(farl::wire::Exit::ExceptionHandled);
    auto const& level = levels[was_handler];
    judge(left.rsp == level.given_rsp, "rsp", left.rsp);
    judge(!level.crossing.is_poisoned || left.rbp == kPoison, "rbp", left.rbp);
    judge(left.rdi >= 1 && left.rdi <= 3, "rdi", left.rdi);
    judge(left.rsi == 0 || left.rsi >= farl::sgx::kEnclaveSize, "rsi", left.rsi);
    for (auto value : { left.rdx, left.r8, left.r9, left.r10, left.r11, left.r12, left.r13, left.r14, left.r15 })
        judge(value == 0, "register", value);
    uint32_t mxcsr;
    memcpy(&mxcsr, left.xsave + 24, sizeof(mxcsr));
    judge(mxcsr == 0x1F80 || mxcsr == 0x003F, "mxcsr", mxcsr);
    // XMM registers, then the upper halves of YMM.
    for (size_t at = 160; at < 832; at += at == 408 ? 576 - 408 : 8) {
        uint64_t word;
        memcpy(&word, left.xsave + at, sizeof(word));
        judge(word == 0 || word == kVectorPoison, "vector", word);
    }
}
