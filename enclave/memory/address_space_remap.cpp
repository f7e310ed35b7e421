// mremap(2): mm/mremap.c. Which case it is and whether it may be; address_space_move.cpp does the moving.
#include "enclave/memory/address_space.h"

namespace farl {

Result<uint64_t> AddressSpace::remap(RemapRequest const& given)
{
    auto request = given;
    request.old_size = page_up(given.old_size);
    request.new_size = page_up(given.new_size);
    int flags = request.flags;
    bool moves = flags & kMremapMayMove;
    bool has_target = flags & (kMremapFixed | kMremapDontUnmap);
    if (flags & ~(kMremapMayMove | kMremapFixed | kMremapDontUnmap))
        return Errno::Einval;
    if (!is_aligned(request.address, kPageSize) || request.new_size == 0 || request.new_size > bounds_.end)
        return Errno::Einval;
    if (has_target && !moves)
        return Errno::Einval;
    if ((flags & kMremapDontUnmap) && request.old_size != request.new_size)
        return Errno::Einval;
    if (has_target)
        TRY(check_remap_target(request));

    auto const* mapping = find(request.address);
    if (!mapping)
        return Errno::Efault;
    return has_target ? remap_to(request, *mapping) : remap_in_place(request, *mapping);
}

Result<> AddressSpace::check_remap_target(RemapRequest const& request) const
{
    if (request.new_address > bounds_.end - request.new_size || !is_aligned(request.new_address, kPageSize))
        return Errno::Einval;
    AddressRange source { request.address, request.address + request.old_size };
    AddressRange target { request.new_address, request.new_address + request.new_size };
    if (source.start < target.end && target.start < source.end)
        return Errno::Einval;
    if ((request.flags & kMremapFixed) && target.start < bounds_.start)
        return Errno::Eperm;
    return {};
}

// check_prep_vma(): for whatever maps new addresses.
Result<> AddressSpace::check_remap_source(RemapRequest const& request, Mapping const& mapping) const
{
    if (request.old_size == 0 && !(mapping.is_shared() && mapping.object))
        return Errno::Einval;
    if (request.old_size > logical_end(mapping) - request.address)
        return Errno::Efault;
    auto offset = mapping.offset_of(request.address);
    if (offset + request.new_size < offset)
        return Errno::Einval;
    return check_remap_limits(request, mapping);
}

Result<> AddressSpace::check_remap_limits(RemapRequest const& request, Mapping const& mapping) const
{
    auto grown = request.new_size > request.old_size ? request.new_size - request.old_size : 0;
    if (mapping.is(MappingFlags::Locked) && exceeds(usage_.locked_bytes, grown, limits_.locked_bytes))
        return Errno::Eagain;
    bool keeps_source = request.flags & kMremapDontUnmap;
    auto added = keeps_source ? request.new_size : grown;
    if (exceeds(usage_.total_bytes, added, limits_.total_bytes))
        return Errno::Enomem;
    if (mapping.is(MappingFlags::Accounted) && !may_commit(added))
        return Errno::Enomem;
    return {};
}

Result<uint64_t> AddressSpace::remap_in_place(RemapRequest const& request, Mapping const& mapping)
{
    if (request.old_size > request.new_size)
        TRY(unmap(request.address + request.new_size, request.old_size - request.new_size));
    if (request.old_size >= request.new_size)
        return request.address;

    TRY(check_remap_source(request, mapping));
    bool grows_in_place = can_grow_in_place(request, mapping);
    if (!grows_in_place && !(request.flags & kMremapMayMove))
        return Errno::Enomem;
    if (!grows_in_place)
        return move_mapping(request, mapping, TRY(room_for(request, mapping, 0)));

    auto added = mapping;
    added.range = { request.address + request.old_size, request.address + request.new_size };
    added.offset = mapping.object ? mapping.offset_of(added.range.start) : 0;
    TRY(spares_.reserve(1));
    TRY(add_pages(added));
    merge_around(added.range);
    return request.address;
}

bool AddressSpace::can_grow_in_place(RemapRequest const& request, Mapping const& mapping) const
{
    auto end = request.address + request.old_size;
    if (request.old_size == 0 || end != logical_end(mapping))
        return false;
    auto grown = request.new_size - request.old_size;
    return grown <= bounds_.end - end && mapped_bytes({ end, end + grown }) == 0;
}

// mremap_to(): MREMAP_FIXED or MREMAP_DONTUNMAP. A shrinking one first loses its tail.
Result<uint64_t> AddressSpace::remap_to(RemapRequest request, Mapping const& mapping)
{
    AddressRange tail { request.address + request.new_size, request.address + request.old_size };
    if (request.old_size > request.new_size) {
        TRY(checked_range(tail.start, tail.size()));
        request.old_size = request.new_size;
    }
    TRY(check_remap_source(request, mapping));
    if (request.flags & kMremapFixed)
        TRY(unmap(request.new_address, request.new_size));
    if (!tail.is_empty())
        TRY(unmap(tail.start, tail.size()));
    auto const& source = *find(request.address);
    if (request.flags & kMremapFixed)
        return move_mapping(request, source, request.new_address);
    return move_mapping(request, source, TRY(room_for(request, source, request.new_address)));
}

Result<uint64_t> AddressSpace::room_for(RemapRequest const& request, Mapping const& mapping, uint64_t hint) const
{
    auto offset = mapping.is_anonymous() ? request.address : mapping.offset_of(request.address);
    return place_free({ hint, request.new_size, offset, mapping.is_anonymous(), 0 });
}

// Where Linux's mapping would end: it does not know what is resident.
uint64_t AddressSpace::logical_end(Mapping const& mapping) const
{
    auto const* last = &mapping;
    for (auto const* following = next(*last); following && are_alike(*last, *following); following = next(*last))
        last = following;
    return last->end();
}

} // namespace farl
