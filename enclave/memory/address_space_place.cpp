// Where a mapping goes: do_mmap(), get_unmapped_area() and arch_get_unmapped_area_topdown() of Linux.
#include "enclave/memory/address_space.h"

namespace farl {

namespace {

constexpr uint64_t kHugePageSize = 2ull << 20;
constexpr AddressRange kLow2GiB { 0x4000'0000, 0x8000'0000 }; // MAP_32BIT, arch/x86/kernel/sys_x86_64.c

} // namespace

Result<AddressRange> AddressSpace::place(MapRequest const& request) const
{
    if (request.size == 0)
        return Errno::Einval;
    auto size = page_up(request.size);
    if (size == 0)
        return Errno::Enomem;
    if (size > bounds_.end)
        return Errno::Enomem;
    if (request.object && checked_add(request.offset, size).is_error())
        return Errno::Eoverflow;
    if (request.flags & (kMapFixed | kMapFixedNoReplace)) {
        auto start = TRY(place_fixed(request.address, size));
        AddressRange range { start, start + size };
        if ((request.flags & kMapFixedNoReplace) && mapped_bytes(range) > 0)
            return Errno::Eexist;
        return range;
    }
    auto start = TRY(place_free({ request.address, size, request.offset, !request.object, request.flags }));
    return AddressRange { start, start + size };
}

Result<uint64_t> AddressSpace::place_fixed(uint64_t address, uint64_t size) const
{
    if (size > bounds_.end || address > bounds_.end - size)
        return Errno::Enomem;
    if (!is_aligned(address, kPageSize))
        return Errno::Einval;
    if (address < bounds_.start)
        return Errno::Eperm;
    return address;
}

Result<uint64_t> AddressSpace::find_room(uint64_t size, int flags) const
{
    return place_free({ 0, page_up(size), 0, true, flags });
}

Result<uint64_t> AddressSpace::place_free(Placement const& wanted) const
{
    if (wanted.size == 0 || wanted.size > bounds_.end)
        return Errno::Enomem;
    auto hint = page_down(wanted.hint);
    if (hint != 0) {
        hint = std::max(hint, bounds_.start);
        if (hint <= bounds_.end - wanted.size && is_free_with_guards({ hint, hint + wanted.size }))
            return hint;
    }
    if (wanted.flags & kMap32Bit) {
        auto found = tree_.lowest_room(wanted.size, kLow2GiB.intersection(bounds_));
        return found ? Result<uint64_t>(*found) : Errno::Enomem;
    }
    bool wants_huge_pages = wanted.is_anonymous && hint == 0 && is_aligned(wanted.size, kHugePageSize);
    if (wants_huge_pages) {
        if (auto found = top_down_aligned(wanted.size, wanted.offset))
            return found;
    }
    return top_down(wanted.size);
}

// mm/huge_memory.c __thp_get_unmapped_area(): the address is congruent to the offset modulo 2 MiB.
Result<uint64_t> AddressSpace::top_down_aligned(uint64_t size, uint64_t offset) const
{
    auto padded = TRY(checked_add(size, kHugePageSize));
    auto start = TRY(top_down(padded));
    auto shift = (offset - start) & (kHugePageSize - 1);
    return start + (shift ? shift : kHugePageSize);
}

Result<uint64_t> AddressSpace::top_down(uint64_t size) const
{
    auto found = tree_.highest_room(size, { bounds_.start, mmap_top_ });
    if (!found)
        found = tree_.lowest_room(size, bounds_);
    if (!found)
        return Errno::Enomem;
    return *found;
}

bool AddressSpace::is_free_with_guards(AddressRange range) const
{
    auto const* mapping = tree_.first_ending_after(range.start);
    return !mapping || range.end <= mapping->guarded_start();
}

} // namespace farl
