// Moving mappings to other addresses: mm/mremap.c move_vma(). Limits have been checked.
#include "enclave/memory/address_space.h"

namespace farl {

// `source` contains request.address and is alike up to the end of the old range. `target` is free.
Result<uint64_t> AddressSpace::move_mapping(RemapRequest const& request, Mapping const& source, uint64_t target)
{
    AddressRange old_range { request.address, request.address + request.old_size };
    AddressRange new_range { target, target + request.new_size };
    auto grown = source;
    grown.range = { target + request.old_size, new_range.end };
    grown.offset = source.object ? source.offset_of(old_range.end) : 0;
    auto left = source;
    left.range = old_range;
    left.offset = source.object ? source.offset_of(old_range.start) : 0;
    left.flags = without(left.flags, MappingFlags::Locked);

    TRY(spares_.reserve(4));
    if (!grown.range.is_empty())
        TRY(add_pages(grown));
    TRY(move_pages(old_range, target));
    move_books(old_range, target);
    if (request.flags & kMremapDontUnmap)
        TRY(add_pages(left));
    merge_around(old_range);
    merge_around(new_range);
    return target;
}

// One call for each run of mappings that the backend holds; they are alike.
Result<> AddressSpace::move_pages(AddressRange source, uint64_t target)
{
    for (auto const* mapping = tree_.first_ending_after(source.start); mapping && mapping->start() < source.end;) {
        auto run = mapping->range.intersection(source);
        bool resident = mapping->resident;
        int protection = mapping->protection;
        for (mapping = next(*mapping); mapping && mapping->start() < source.end && mapping->resident == resident;
             mapping = next(*mapping))
            run.end = mapping->range.intersection(source).end;
        if (resident)
            TRY(backend_.move(run, target + (run.start - source.start), protection));
    }
    return {};
}

void AddressSpace::move_books(AddressRange source, uint64_t target)
{
    isolate(source);
    for_each_in(source, [&](Mapping& mapping) {
        remove(mapping);
        auto start = target + (mapping.start() - source.start);
        mapping.range = { start, start + mapping.range.size() };
        insert(mapping);
    });
}

// A new mapping as described, its pages fresh. Takes one spare.
Result<> AddressSpace::add_pages(Mapping const& described)
{
    bool is_accessible = described.is_anonymous() && described.protection != kProtNone;
    if (is_accessible)
        TRY(backend_.protect(described.range, described.protection));
    auto& mapping = spares_.take();
    mapping = described;
    mapping.resident = is_accessible;
    insert(mapping);
    return {};
}

} // namespace farl
