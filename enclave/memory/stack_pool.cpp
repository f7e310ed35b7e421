#include "enclave/memory/stack_pool.h"

namespace farl {

void StackPool::initialize(AddressRange range, size_t stack_size, PageProvider& provider)
{
    ASSERT(!provider_ && stack_size >= kPageSize && is_aligned(stack_size | range.start, kPageSize));
    range_ = range;
    stack_size_ = stack_size;
    provider_ = &provider;
    next_slot_ = range.start;
}

Result<AddressRange> StackPool::allocate()
{
    {
        LockGuard guard(lock_);
        if (auto* link = free_) {
            ASSERT(link->mark == kFreeMark);
            free_ = link->next;
            link->mark = 0;
            ++in_use_;
            return stack_of(*link);
        }
    }
    return commit_new();
}

Result<AddressRange> StackPool::commit_new()
{
    AddressRange stack;
    {
        LockGuard guard(lock_);
        if (range_.end - next_slot_ < stack_size_ + kPageSize)
            return Errno::Enomem;
        stack.start = next_slot_ + kPageSize;
        stack.end = stack.start + stack_size_;
        next_slot_ = stack.end;
        ++in_use_;
    }
    auto committed = provider_->commit(stack.start, stack_size_);
    if (committed)
        return stack;
    LockGuard guard(lock_);
    --in_use_;
    // Another carrier may have gone on: then the slot is lost, which costs addresses only.
    if (next_slot_ == stack.end)
        next_slot_ = stack.start - kPageSize;
    return committed.error();
}

void StackPool::release(AddressRange stack)
{
    ASSERT(range_.contains(stack) && stack.size() == stack_size_);
    ASSERT((stack.start - range_.start) % (stack_size_ + kPageSize) == kPageSize);
    auto& link = link_of(stack);
    LockGuard guard(lock_);
    ASSERT(link.mark != kFreeMark); // released twice
    link = { free_, kFreeMark };
    free_ = &link;
    --in_use_;
}

} // namespace farl
