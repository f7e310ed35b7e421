// mprotect(2): mm/mprotect.c do_mprotect_pkey().
#include "enclave/memory/address_space.h"

namespace farl {

namespace {

constexpr int kAccess = kProtRead | kProtWrite | kProtExec;

bool becomes_accounted(Mapping const& mapping, int protection)
{
    auto exempt = MappingFlags::NoReserve | MappingFlags::Stack | MappingFlags::Shared | MappingFlags::Accounted;
    return (protection & kProtWrite) && !has(mapping.flags, exempt);
}

// Whether its pages change with the protection, or are not the backend's yet.
bool concerns_the_backend(Mapping const& mapping, int protection)
{
    return mapping.resident || (mapping.is_anonymous() && protection != kProtNone);
}

} // namespace

// What will be done: the part of the range before the first refusal, and that refusal.
struct AddressSpace::Change {
    AddressRange range;
    uint64_t charge { 0 };
    Result<> refusal {};
};

Result<> AddressSpace::protect(uint64_t address, uint64_t size, int protection)
{
    int growth = protection & (kProtGrowsDown | kProtGrowsUp);
    protection &= ~growth;
    if (growth == (kProtGrowsDown | kProtGrowsUp) || !is_aligned(address, kPageSize))
        return Errno::Einval;
    if (size == 0)
        return {};
    AddressRange range { address, address + page_up(size) };
    if (range.end <= range.start)
        return Errno::Enomem;
    if (protection & ~(kAccess | kProtSem))
        return Errno::Einval;
    if (growth)
        range.start = TRY(start_of_growing(range, growth));

    auto change = plan_protection(range, protection & kAccess);
    if (!change.range.is_empty()) {
        TRY(spares_.reserve(2));
        auto applied = apply_to_pages(change.range, protection & kAccess);
        if (applied.is_error()) {
            restore_pages(change.range);
            return applied;
        }
        apply_to_books(change.range, protection & kAccess);
    }
    return std::move(change.refusal);
}

Result<uint64_t> AddressSpace::start_of_growing(AddressRange range, int growth) const
{
    auto const* mapping = tree_.first_ending_after(range.start);
    if (!mapping || mapping->start() >= range.end)
        return Errno::Enomem;
    if (growth == kProtGrowsUp || !mapping->is(MappingFlags::GrowsDown))
        return Errno::Einval;
    return mapping->start();
}

AddressSpace::Change AddressSpace::plan_protection(AddressRange range, int protection) const
{
    Change change { { range.start, range.start } };
    for (auto const* mapping = find(range.start); change.range.end < range.end; mapping = next(*mapping)) {
        if (!mapping || mapping->start() > change.range.end) {
            change.refusal = Errno::Enomem;
            break;
        }
        if (protection & ~mapping->maximum_protection) {
            change.refusal = Errno::Eacces;
            break;
        }
        auto part = mapping->range.intersection(range);
        auto charge = becomes_accounted(*mapping, protection) ? part.size() : 0;
        if (!may_commit(change.charge + charge)) {
            change.refusal = Errno::Enomem;
            break;
        }
        change.charge += charge;
        change.range.end = part.end;
    }
    return change;
}

// One call for each run of mappings that the backend holds.
Result<> AddressSpace::apply_to_pages(AddressRange range, int protection)
{
    AddressRange run;
    auto flush = [&]() -> Result<> {
        if (run.is_empty())
            return {};
        return backend_.protect(std::exchange(run, {}), protection);
    };
    for (auto const* mapping = find(range.start); mapping && mapping->start() < range.end; mapping = next(*mapping)) {
        auto part = mapping->range.intersection(range);
        if (!concerns_the_backend(*mapping, protection))
            TRY(flush());
        else if (mapping->protection != protection)
            run = { run.is_empty() ? part.start : run.start, part.end };
    }
    return flush();
}

// As the books have them: some may have changed before the backend failed.
void AddressSpace::restore_pages(AddressRange range)
{
    for_each_in(range, [&](Mapping& mapping) {
        if (mapping.resident)
            (void)backend_.protect(mapping.range.intersection(range), mapping.protection);
    });
}

void AddressSpace::apply_to_books(AddressRange range, int protection)
{
    isolate(range);
    for_each_in(range, [&](Mapping& mapping) {
        account(mapping, -1);
        if (becomes_accounted(mapping, protection))
            mapping.flags = mapping.flags | MappingFlags::Accounted;
        mapping.resident = concerns_the_backend(mapping, protection);
        mapping.protection = static_cast<uint8_t>(protection);
        account(mapping, +1);
    });
    merge_around(range);
}

} // namespace farl
