#include "enclave/hostcall/arena.h"

#include <bit>

namespace farl {

namespace {
constinit HostArena the_arena;
}

HostArena& host_arena() { return the_arena; }

Result<> HostArena::initialise(uint64_t address, uint64_t size)
{
    base_ = TRY(HostAddress::create(address, size));
    size_ = size;
    return {};
}

size_t HostArena::class_of(size_t size)
{
    auto rounded = std::bit_ceil(size < kSmallest ? kSmallest : size);
    return static_cast<size_t>(std::countr_zero(rounded) - std::countr_zero(kSmallest));
}

Result<HostAddress> HostArena::allocate(size_t size)
{
    if (size > kLargest)
        return Errno::Enomem;
    auto index = class_of(size);
    LockGuard guard(lock_);
    if (auto& free = free_[index]; !free.is_empty()) {
        auto address = free.last();
        free.pop();
        return address;
    }
    auto whole = kSmallest << index;
    if (size_ - used_ < whole)
        return Errno::Enomem;
    auto address = base_ + used_;
    used_ += whole;
    return address;
}

void HostArena::release(HostAddress address, size_t size)
{
    LockGuard guard(lock_);
    // Without room to remember it the piece is lost to us; the arena is address space, not memory.
    (void)free_[class_of(size)].push(address);
}

} // namespace farl
