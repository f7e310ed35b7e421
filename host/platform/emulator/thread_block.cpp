#include "host/platform/emulator/thread_block.h"

#include "base/checked.h"
#include "host/platform/emulator/gate.h"

#include <atomic>
#include <immintrin.h>
#include <mutex>
#include <sys/mman.h>
#include <sys/prctl.h>

uint64_t emulator_thread_arena = 0;

namespace farl::host {

namespace {

constexpr uint64_t kSlotSize = 1ull << THREAD_SLOT_SHIFT;
constexpr uint64_t kArenaSize = kSlotSize * THREAD_SLOT_COUNT;
// The block, then the guard page, then the stack.
constexpr uint64_t kStackOffset = 2 * kPageSize;
static_assert(sizeof(ThreadBlock) <= kPageSize);

// System calls from addresses outside of this range become SIGSYS: enclaves lie below it.
constexpr uint64_t kSystemCallStart = 1ull << 40;
constexpr uint64_t kSystemCallEnd = 1ull << 47;
// linux/prctl.h, for kernel headers older than 5.11
constexpr int kPrSetSyscallUserDispatch = 59;
constexpr unsigned long kPrSysDispatchOn = 1;

std::mutex slots_mutex;
bool slot_is_taken[THREAD_SLOT_COUNT];

// Aligned to the size of a slot. It stays for the life of the process.
uint64_t make_arena()
{
    auto const size = kArenaSize + kSlotSize;
    auto* mapped = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT(mapped != MAP_FAILED);
    auto const start = reinterpret_cast<uint64_t>(mapped);
    auto const aligned = align_up(start, kSlotSize);
    ASSERT(aligned == start || munmap(mapped, aligned - start) == 0);
    return aligned;
}

unsigned take_slot()
{
    std::lock_guard lock(slots_mutex);
    if (!emulator_thread_arena)
        emulator_thread_arena = make_arena();
    for (unsigned slot = 0; slot < THREAD_SLOT_COUNT; ++slot) {
        if (!std::exchange(slot_is_taken[slot], true))
            return slot;
    }
    panic(__FILE__, __LINE__, "more threads in enclaves than the emulator supports");
}

void return_slot(unsigned slot)
{
    std::lock_guard lock(slots_mutex);
    slot_is_taken[slot] = false;
}

void* slot_address(unsigned slot) { return reinterpret_cast<void*>(emulator_thread_arena + slot * kSlotSize); }

void set_alternate_stack(ThreadBlock& block)
{
    stack_t stack {};
    stack.ss_sp = reinterpret_cast<char*>(&block) + kStackOffset;
    stack.ss_size = kSlotSize - kStackOffset;
    ASSERT(sigaltstack(&stack, nullptr) == 0);
}

void clear_alternate_stack()
{
    stack_t stack {};
    stack.ss_flags = SS_DISABLE;
    ASSERT(sigaltstack(&stack, nullptr) == 0);
}

void arm_syscall_user_dispatch()
{
    ASSERT(
        prctl(kPrSetSyscallUserDispatch, kPrSysDispatchOn, kSystemCallStart, kSystemCallEnd - kSystemCallStart, nullptr)
        == 0);
}

// A thread that one made which had been in an enclave inherits that GS base, and has no use for it.
uint64_t host_gs_base()
{
    auto const base = _readgsbase_u64();
    return base < kSystemCallStart ? 0 : base;
}

ThreadBlock* make_block(unsigned slot)
{
    auto* start = static_cast<char*>(slot_address(slot));
    ASSERT(mprotect(start, kPageSize, PROT_READ | PROT_WRITE) == 0);
    ASSERT(mprotect(start + kStackOffset, kSlotSize - kStackOffset, PROT_READ | PROT_WRITE) == 0);
    auto* block = ::new (static_cast<void*>(start)) ThreadBlock {};
    block->host_fs = _readfsbase_u64();
    block->host_gs = host_gs_base();
    set_alternate_stack(*block);
    arm_syscall_user_dispatch();
    return block;
}

class Registration {
public:
    Registration() : slot_(take_slot()), block_(make_block(slot_)) { }
    Registration(Registration const&) = delete;
    ~Registration()
    {
        clear_alternate_stack();
        return_slot(slot_);
    }

    ThreadBlock& block() const { return *block_; }

private:
    unsigned slot_;
    ThreadBlock* block_;
};

} // namespace

ThreadBlock& ThreadBlock::current()
{
    static thread_local Registration registration;
    return registration.block();
}

uint64_t ThreadBlock::exit_address() const
{
    auto const slot = (reinterpret_cast<uint64_t>(this) - emulator_thread_arena) >> THREAD_SLOT_SHIFT;
    return reinterpret_cast<uint64_t>(emulator_exit_thunks) + slot * EXIT_THUNK_SIZE;
}

} // namespace farl::host
