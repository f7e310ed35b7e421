#include "enclave/memory/address_space.h"

namespace farl {

namespace {

MappingFlags flags_of(MapRequest const& request)
{
    auto flags = MappingFlags::None;
    auto translate = [&](int from, MappingFlags to) {
        if (request.flags & from)
            flags = flags | to;
    };
    translate(kMapNoReserve, MappingFlags::NoReserve);
    translate(kMapStack, MappingFlags::Stack);
    translate(kMapGrowsDown, MappingFlags::GrowsDown);
    translate(kMapLocked, MappingFlags::Locked);
    if ((request.flags & kMapTypeMask) != kMapPrivate)
        flags = flags | MappingFlags::Shared;
    return flags;
}

// mm/mmap.c accountable_mapping(), and shmem's own charge for shared anonymous memory.
bool is_accountable(Mapping const& mapping)
{
    if (has(mapping.flags, MappingFlags::NoReserve | MappingFlags::Stack))
        return false;
    return mapping.is_shared() ? mapping.is_anonymous() : mapping.allows(kProtWrite);
}

Mapping describe(MapRequest const& request, AddressRange range)
{
    Mapping mapping;
    mapping.range = range;
    mapping.object = request.object;
    mapping.offset = request.object ? request.offset : 0;
    mapping.label = request.label;
    mapping.protection = static_cast<uint8_t>(request.protection & (kProtRead | kProtWrite | kProtExec));
    mapping.maximum_protection = request.maximum_protection;
    mapping.flags = flags_of(request);
    mapping.resident = mapping.is_anonymous() && mapping.protection != kProtNone;
    if (is_accountable(mapping))
        mapping.flags = mapping.flags | MappingFlags::Accounted;
    return mapping;
}

// do_mmap(): which types and flags go together.
Result<> check_type(MapRequest const& request)
{
    int type = request.flags & kMapTypeMask;
    bool is_known = type == kMapShared || type == kMapPrivate || (type == kMapSharedValidate && request.object);
    if (!is_known)
        return Errno::Einval;
    if (type == kMapSharedValidate && (request.flags & ~kMapLegacyFlags))
        return Errno::Eopnotsupp;
    if ((request.flags & kMapGrowsDown) && (type != kMapPrivate || request.object))
        return Errno::Einval;
    return {};
}

} // namespace

Result<uint64_t> AddressSpace::map(MapRequest const& request)
{
    auto range = TRY(place(request));
    auto described = describe(request, range);
    if (described.is(MappingFlags::Locked) && exceeds(usage_.locked_bytes, range.size(), limits_.locked_bytes))
        return Errno::Eagain;
    TRY(check_type(request));
    TRY(check_limits(described));
    TRY(spares_.reserve(3));

    if (request.flags & kMapFixed)
        TRY(unmap_range(range));
    if (described.resident)
        TRY(backend_.protect(range, described.protection));
    auto& mapping = spares_.take();
    mapping = described;
    insert(mapping);
    merge_around(range);
    return range.start;
}

// What the new mapping replaces no longer counts.
Result<> AddressSpace::check_limits(Mapping const& added) const
{
    auto size = added.range.size();
    auto charge = added.is(MappingFlags::Accounted) ? size : 0;
    if (usage_.mappings >= limits_.mappings)
        return Errno::Enomem;
    if (exceeds(usage_.total_bytes - mapped_bytes(added.range), size, limits_.total_bytes))
        return Errno::Enomem;
    auto replaced_charge = flagged_bytes(added.range, MappingFlags::Accounted);
    if (exceeds(usage_.committed_bytes - replaced_charge, charge, limits_.committed_bytes))
        return Errno::Enomem;
    return {};
}

bool AddressSpace::may_commit(uint64_t bytes) const
{
    return !exceeds(usage_.committed_bytes, bytes, limits_.committed_bytes);
}

Result<AddressRange> AddressSpace::checked_range(uint64_t address, uint64_t size) const
{
    if (!is_aligned(address, kPageSize) || address > bounds_.end || size > bounds_.end - address)
        return Errno::Einval;
    auto rounded = page_up(size);
    if (rounded == 0)
        return Errno::Einval;
    return AddressRange { address, address + rounded };
}

Result<> AddressSpace::unmap(uint64_t address, uint64_t size)
{
    auto range = TRY(checked_range(address, size));
    auto const* mapping = tree_.first_ending_after(range.start);
    if (!mapping || mapping->start() >= range.end)
        return {};
    bool makes_a_hole = mapping->start() < range.start && mapping->end() > range.end;
    if (makes_a_hole && usage_.mappings >= limits_.mappings)
        return Errno::Enomem;
    TRY(spares_.reserve(2));
    return unmap_range(range);
}

Result<> AddressSpace::unmap_range(AddressRange range)
{
    auto resident = resident_span(range);
    if (!resident.is_empty())
        TRY(backend_.release(resident));
    isolate(range);
    for_each_in(range, [&](Mapping& mapping) { discard(mapping); });
    return {};
}

// The smallest span that covers all resident pages of the range.
AddressRange AddressSpace::resident_span(AddressRange range) const
{
    AddressRange span { range.end, range.start };
    for_each_in(range, [&](Mapping& mapping) {
        if (!mapping.resident)
            return;
        auto part = mapping.range.intersection(range);
        span = { std::min(span.start, part.start), std::max(span.end, part.end) };
    });
    return span;
}

uint64_t AddressSpace::mapped_bytes(AddressRange range) const
{
    uint64_t bytes = 0;
    for_each_in(range, [&](Mapping& mapping) { bytes += mapping.range.intersection(range).size(); });
    return bytes;
}

uint64_t AddressSpace::flagged_bytes(AddressRange range, MappingFlags flag) const
{
    uint64_t bytes = 0;
    for_each_in(range, [&](Mapping& mapping) {
        if (mapping.is(flag))
            bytes += mapping.range.intersection(range).size();
    });
    return bytes;
}

Mapping const* AddressSpace::find(uint64_t address) const
{
    auto const* mapping = tree_.first_ending_after(address);
    return mapping && mapping->start() <= address ? mapping : nullptr;
}

std::string_view AddressSpace::name_of(Mapping const& mapping) const
{
    if (mapping.label)
        return mapping.label;
    if (mapping.object)
        return mapping.object->identity().path;
    if (mapping.is_shared())
        return "/dev/zero (deleted)";
    bool is_heap = brk_ > brk_start_ && mapping.start() < brk_ && mapping.end() > brk_start_;
    return is_heap ? "[heap]" : "";
}

bool AddressSpace::is_accessible(AddressRange range, int protection) const
{
    auto const* mapping = find(range.start);
    while (mapping && mapping->allows(protection)) {
        if (mapping->end() >= range.end)
            return true;
        auto const* following = next(*mapping);
        mapping = following && following->start() == mapping->end() ? following : nullptr;
    }
    return false;
}

Result<> AddressSpace::set_resident(AddressRange range)
{
    TRY(spares_.reserve(2));
    isolate(range);
    for_each_in(range, [&](Mapping& mapping) { mapping.resident |= !mapping.is_anonymous(); });
    merge_around(range);
    return {};
}

Result<> AddressSpace::drop(AddressRange range)
{
    TRY(spares_.reserve(2));
    TRY(backend_.release(range));
    isolate(range);
    for_each_in(range, [&](Mapping& mapping) { mapping.resident &= mapping.is_anonymous(); });
    merge_around(range);
    return {};
}

} // namespace farl
