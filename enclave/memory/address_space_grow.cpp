// What grows without mmap: the heap of brk(2) (mm/mmap.c) and stacks (expand_downwards()).
#include "enclave/memory/address_space.h"

namespace farl {

void AddressSpace::start_brk(uint64_t address)
{
    brk_start_ = page_up(address);
    brk_ = brk_start_;
}

uint64_t AddressSpace::brk(uint64_t wanted)
{
    if (wanted < brk_start_ || wanted > bounds_.end || wanted - brk_start_ > limits_.data_bytes)
        return brk_;
    auto old_end = page_up(brk_);
    auto new_end = page_up(wanted);
    bool is_done = true;
    if (new_end < old_end)
        is_done = unmap(new_end, old_end - new_end).is_ok();
    else if (new_end > old_end)
        is_done = grow_brk({ old_end, new_end }).is_ok();
    if (is_done)
        brk_ = wanted;
    return brk_;
}

Result<> AddressSpace::grow_brk(AddressRange added)
{
    auto const* following = tree_.first_ending_after(added.start);
    if (following && added.end + kPageSize > following->guarded_start())
        return Errno::Enomem;
    TRY(map({ .address = added.start,
        .size = added.size(),
        .protection = kProtRead | kProtWrite,
        .flags = kMapPrivate | kMapAnonymous | kMapFixed }));
    return {};
}

Result<> AddressSpace::grow_stack(uint64_t address, uint64_t stack_limit)
{
    auto* stack = tree_.first_ending_after(address);
    if (!stack || (stack->start() > address && !stack->is(MappingFlags::GrowsDown)))
        return Errno::Efault;
    if (stack->start() <= address)
        return {};
    auto start = page_down(address);
    auto const* below = tree_.previous(*stack);
    bool needs_guard = below && !below->is(MappingFlags::GrowsDown) && below->protection != kProtNone;
    if (start < bounds_.start || (needs_guard && start - below->end() < kStackGuardGap))
        return Errno::Enomem;
    auto added = *stack;
    added.range = { start, stack->start() };
    if (stack->end() - start > stack_limit || exceeds(usage_.total_bytes, added.range.size(), limits_.total_bytes))
        return Errno::Enomem;
    if (stack->is(MappingFlags::Accounted) && !may_commit(added.range.size()))
        return Errno::Enomem;
    TRY(spares_.reserve(1));
    TRY(add_pages(added));
    merge_around(added.range);
    return {};
}

} // namespace farl
