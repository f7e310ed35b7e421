// The books: nodes in and out of the tree, splits and merges, and what they count.
#include "enclave/memory/address_space.h"

namespace farl {

AddressSpace::~AddressSpace()
{
    while (auto* mapping = tree_.first())
        discard(*mapping);
}

void AddressSpace::account(Mapping const& mapping, int64_t sign)
{
    auto bytes = static_cast<uint64_t>(sign) * mapping.range.size();
    usage_.total_bytes += bytes;
    usage_.mappings += static_cast<uint64_t>(sign);
    if (mapping.is(MappingFlags::Accounted))
        usage_.committed_bytes += bytes;
    if (mapping.is(MappingFlags::Locked))
        usage_.locked_bytes += bytes;
}

void AddressSpace::count_shared(Mapping const& mapping, int by)
{
    if (mapping.object && mapping.is_shared())
        shared_counts_.add(mapping.object->key(), by);
}

void AddressSpace::insert(Mapping& mapping)
{
    tree_.insert(mapping);
    account(mapping, +1);
    count_shared(mapping, +1);
}

void AddressSpace::remove(Mapping& mapping)
{
    account(mapping, -1);
    count_shared(mapping, -1);
    tree_.remove(mapping);
}

void AddressSpace::discard(Mapping& mapping)
{
    remove(mapping);
    spares_.give_back(mapping);
}

// Makes both ends of the range borders between mappings. Takes up to two spares.
void AddressSpace::isolate(AddressRange range)
{
    split_at(range.start);
    split_at(range.end);
}

void AddressSpace::split_at(uint64_t address)
{
    auto* lower = tree_.first_ending_after(address);
    if (!lower || lower->start() >= address)
        return;
    auto& upper = spares_.take();
    upper = *lower;
    upper.range.start = address;
    upper.offset = lower->offset_of(address);
    if (lower->is_anonymous())
        upper.offset = 0;
    tree_.resize(*lower, { lower->start(), address });
    tree_.insert(upper);
    ++usage_.mappings;
    count_shared(upper, +1);
}

// One mapping to Linux, if they are neighbours: the same but for what is resident or charged.
bool AddressSpace::are_alike(Mapping const& a, Mapping const& b)
{
    auto own = MappingFlags::Accounted | MappingFlags::Stack;
    return a.end() == b.start() && a.protection == b.protection && a.maximum_protection == b.maximum_protection
        && without(a.flags, own) == without(b.flags, own) && a.object == b.object && a.label == b.label
        && (a.is_anonymous() || a.offset_of(a.end()) == b.offset);
}

bool AddressSpace::can_merge(Mapping const& a, Mapping const& b)
{
    return are_alike(a, b) && a.flags == b.flags && (a.is_anonymous() || a.resident == b.resident);
}

Mapping& AddressSpace::merge_with_next(Mapping& mapping)
{
    auto& absorbed = *tree_.next(mapping);
    AddressRange whole { mapping.start(), absorbed.end() };
    // What was never accessible merges with what was: the backend may then be asked to release pages it never had.
    mapping.resident |= absorbed.resident;
    tree_.remove(absorbed);
    tree_.resize(mapping, whole);
    --usage_.mappings;
    count_shared(absorbed, -1);
    spares_.give_back(absorbed);
    return mapping;
}

// Merges what can be merged among the mappings that touch the range.
void AddressSpace::merge_around(AddressRange range)
{
    auto* mapping = tree_.first_ending_after(range.start ? range.start - 1 : 0);
    while (mapping && mapping->start() < range.end) {
        auto* next = tree_.next(*mapping);
        mapping = next && can_merge(*mapping, *next) ? &merge_with_next(*mapping) : next;
    }
}

void AddressSpace::verify() const
{
    tree_.verify();
    AddressSpaceUsage counted;
    SharedCounts shared;
    for (auto const* mapping = first(); mapping; mapping = next(*mapping)) {
        ASSERT(is_aligned(mapping->start() | mapping->end() | mapping->offset, kPageSize));
        ASSERT(bounds_.contains(mapping->range));
        ASSERT(mapping->resident || mapping->object || mapping->protection == kProtNone);
        auto const* following = next(*mapping);
        ASSERT(!following || !can_merge(*mapping, *following));
        if (mapping->object && mapping->is_shared())
            shared.add(mapping->object->key(), 1);
        ++counted.mappings;
        counted.total_bytes += mapping->range.size();
        counted.committed_bytes += mapping->is(MappingFlags::Accounted) ? mapping->range.size() : 0;
        counted.locked_bytes += mapping->is(MappingFlags::Locked) ? mapping->range.size() : 0;
    }
    ASSERT(counted.mappings == usage_.mappings && counted.total_bytes == usage_.total_bytes);
    ASSERT(counted.committed_bytes == usage_.committed_bytes && counted.locked_bytes == usage_.locked_bytes);
    for (auto const* mapping = first(); mapping; mapping = next(*mapping))
        ASSERT(!mapping->object
            || shared.at_most(mapping->object->key()) == shared_counts_.at_most(mapping->object->key()));
}

} // namespace farl
