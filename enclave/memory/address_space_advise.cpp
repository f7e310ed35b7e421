// madvise(2), mlock(2), msync(2) and mincore(2): mm/madvise.c, mm/mlock.c, mm/msync.c, mm/mincore.c.
#include "enclave/memory/address_space.h"

namespace farl {

namespace {

bool is_known(int advice)
{
    return (advice >= kMadvNormal && advice <= kMadvDontNeed) || (advice >= kMadvFree && advice <= kMadvCollapse);
}

} // namespace

Result<> AddressSpace::advise(uint64_t address, uint64_t size, int advice)
{
    if (!is_known(advice) || !is_aligned(address, kPageSize))
        return Errno::Einval;
    AddressRange range { address, address + page_up(size) };
    if ((size != 0 && page_up(size) == 0) || range.end < range.start)
        return Errno::Einval;
    if (range.is_empty())
        return {};
    TRY(apply_advice(range, advice));
    return check_mapped(range);
}

Result<> AddressSpace::apply_advice(AddressRange range, int advice)
{
    auto none = MappingFlags::None;
    auto refuse_if = [&](auto&& is_refused) -> Result<> {
        Result<> answer;
        for_each_in(range, [&](Mapping& mapping) {
            if (is_refused(mapping))
                answer = Errno::Einval;
        });
        return answer;
    };
    switch (advice) {
    case kMadvDontNeed:
        return drop_contents(range, false);
    case kMadvDontNeedLocked:
        return drop_contents(range, true);
    case kMadvFree:
        TRY(refuse_if([](auto& mapping) { return mapping.is_shared() || mapping.object; }));
        return drop_contents(range, false);
    case kMadvRemove:
        TRY(refuse_if([](auto& mapping) { return !mapping.is_shared() || mapping.is(MappingFlags::Locked); }));
        return remove_contents(range);
    case kMadvDontFork:
        return change_flags(range, MappingFlags::DontFork, none);
    case kMadvDoFork:
        return change_flags(range, none, MappingFlags::DontFork);
    case kMadvWipeOnFork:
        TRY(refuse_if([](auto& mapping) { return mapping.is_shared() || mapping.object; }));
        return change_flags(range, MappingFlags::WipeOnFork, none);
    case kMadvKeepOnFork:
        return change_flags(range, none, MappingFlags::WipeOnFork);
    case kMadvDontDump:
        return change_flags(range, MappingFlags::DontDump, none);
    case kMadvDoDump:
        return change_flags(range, none, MappingFlags::DontDump);
    default:
        return {};
    }
}

Result<> AddressSpace::change_flags(AddressRange range, MappingFlags added, MappingFlags removed)
{
    TRY(spares_.reserve(2));
    isolate(range);
    for_each_in(range, [&](Mapping& mapping) {
        account(mapping, -1);
        mapping.flags = without(mapping.flags, removed) | added;
        account(mapping, +1);
    });
    merge_around(range);
    return {};
}

// MADV_DONTNEED: private pages start anew, from zero or from their object; shared ones keep what they hold.
Result<> AddressSpace::drop_contents(AddressRange range, bool even_locked)
{
    TRY(spares_.reserve(2));
    isolate(range);
    Result<> answer;
    for_each_in(range, [&](Mapping& mapping) {
        if (answer.is_error())
            return;
        if (mapping.is(MappingFlags::Locked) && !even_locked)
            answer = Errno::Einval;
        else if (mapping.resident && !mapping.is_shared())
            answer = drop_pages(mapping);
    });
    merge_around(range);
    return answer;
}

Result<> AddressSpace::drop_pages(Mapping& mapping)
{
    if (mapping.is_anonymous())
        return backend_.discard(mapping.range);
    TRY(backend_.release(mapping.range));
    mapping.resident = false;
    return {};
}

// MADV_REMOVE: a hole in what is shared. Objects would need fallocate(2), which is the caller's.
Result<> AddressSpace::remove_contents(AddressRange range)
{
    Result<> answer;
    for_each_in(range, [&](Mapping& mapping) {
        if (answer.is_error())
            return;
        if (mapping.object)
            answer = Errno::Eopnotsupp;
        else if (mapping.resident)
            answer = backend_.discard(mapping.range.intersection(range));
    });
    return answer;
}

Result<> AddressSpace::lock(uint64_t address, uint64_t size)
{
    TRY(set_locked(address, size, true));
    Result<> answer;
    for_each_in({ page_down(address), page_up(address + size) }, [&](Mapping& mapping) {
        if (mapping.protection == kProtNone)
            answer = Errno::Enomem;
    });
    return answer;
}

// The part that is mapped without a hole is changed, then a hole is reported, as on Linux.
Result<> AddressSpace::set_locked(uint64_t address, uint64_t size, bool locked)
{
    auto start = page_down(address);
    auto rounded = page_up(size + (address - start));
    AddressRange range { start, start + rounded };
    if (locked
        && exceeds(usage_.locked_bytes - flagged_bytes(range, MappingFlags::Locked), rounded, limits_.locked_bytes))
        return Errno::Enomem;
    if (range.end < range.start)
        return Errno::Einval;
    if (range.is_empty())
        return {};
    AddressRange mapped { range.start, contiguous_end(range) };
    if (!mapped.is_empty()) {
        auto none = MappingFlags::None;
        TRY(change_flags(mapped, locked ? MappingFlags::Locked : none, locked ? none : MappingFlags::Locked));
    }
    return mapped == range ? Result<> {} : Errno::Enomem;
}

uint64_t AddressSpace::contiguous_end(AddressRange range) const
{
    auto end = range.start;
    for (auto const* mapping = find(end); mapping && end < range.end && mapping->start() <= end;
         mapping = next(*mapping))
        end = std::min(mapping->end(), range.end);
    return end;
}

Result<> AddressSpace::check_mapped(AddressRange range) const
{
    return contiguous_end(range) == range.end ? Result<> {} : Errno::Enomem;
}

Result<AddressRange> AddressSpace::checked_sync_range(uint64_t address, uint64_t size, int flags)
{
    if (flags & ~(kMsyncAsync | kMsyncInvalidate | kMsyncSync))
        return Errno::Einval;
    if (!is_aligned(address, kPageSize) || ((flags & kMsyncAsync) && (flags & kMsyncSync)))
        return Errno::Einval;
    AddressRange range { address, address + page_up(size) };
    if (range.end < range.start)
        return Errno::Enomem;
    return range;
}

Result<> AddressSpace::check_mincore(uint64_t address, uint64_t size) const
{
    if (!is_aligned(address, kPageSize))
        return Errno::Einval;
    if (address > bounds_.end || size > bounds_.end - address)
        return Errno::Enomem;
    return check_mapped({ address, address + page_up(size) });
}

} // namespace farl
