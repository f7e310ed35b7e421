// StackPool: the runtime's stacks, all of one size, each with an uncommitted guard page below it. A stack is committed
// when first used and then recycled, last released first. Any carrier may call.
#pragma once

#include "base/checked.h"
#include "base/spinlock.h"
#include "enclave/memory/address_range.h"
#include "enclave/memory/page_provider.h"

namespace farl {

class StackPool {
public:
    constexpr StackPool() = default;
    StackPool(StackPool const&) = delete;
    StackPool& operator=(StackPool const&) = delete;

    // Once. `stack_size` is a multiple of the page size.
    void initialize(AddressRange range, size_t stack_size, PageProvider& provider);

    // The usable range; the stack pointer starts at its end. ENOMEM if the range or the provider is exhausted.
    Result<AddressRange> allocate();
    // What allocate() returned. Its contents are not cleared: whoever had secrets there clears them.
    void release(AddressRange stack);

    size_t stacks_in_use() const { return in_use_; }

private:
    // Lies at the end of a free stack, which stays committed.
    struct FreeStack {
        FreeStack* next;
        uint64_t mark;
    };
    static constexpr uint64_t kFreeMark = 0x6b63'6174'7320'6572;

    FreeStack& link_of(AddressRange stack) const { return reinterpret_cast<FreeStack*>(stack.end)[-1]; }
    AddressRange stack_of(FreeStack const& link) const
    {
        auto end = reinterpret_cast<uint64_t>(&link + 1);
        return { end - stack_size_, end };
    }
    Result<AddressRange> commit_new();

    AddressRange range_;
    size_t stack_size_ { 0 };
    PageProvider* provider_ { nullptr };

    Spinlock lock_; // guards what follows
    FreeStack* free_ { nullptr };
    uint64_t next_slot_ { 0 };
    size_t in_use_ { 0 };
};

} // namespace farl
