// The page operations of an initialised enclave: the host's half.
#include "host/platform/emulator/emulated_enclave.h"
#include "host/platform/emulator/page_leaves.h"
#include "host/platform/emulator/shadow_pages.h"

#include <algorithm>
#include <sys/mman.h>

namespace farl::host {

Result<> EmulatedEnclave::check_changeable(Range range) const
{
    if (!epc_.is_initialised())
        return Errno::Einval;
    TRY(check_range(range));
    // The first fixed range that ends beyond the start.
    auto fixed = std::upper_bound(
        fixed_.begin(), fixed_.end(), range.address, [](uint64_t start, Range other) { return start < other.end(); });
    return fixed != fixed_.end() && fixed->overlaps(range) ? Errno::Einval : Result<> {};
}

Result<> EmulatedEnclave::protect(Range range, uint64_t permissions)
{
    TRY(check_changeable(range));
    if (permissions & ~sgx::kPagePermissions)
        return Errno::Einval;
    if (epc_.demand)
        return epc_.demand->grant(range, permissions);
    auto const shadow = take_shadow(range);
    if (shadow.memory)
        TRY(epc_.memory.adopt(shadow.range, shadow.memory, permissions));
    return shadow.range.size == range.size ? Result<> {} : epc_.memory.protect(range, permissions);
}

// Without demand pages, what is inaccessible stays so until the enclave asks to protect it.
Result<> EmulatedEnclave::prepare(Range range)
{
    TRY(check_changeable(range));
    if (epc_.demand)
        return epc_.demand->grant(range, sgx::kPageRead | sgx::kPageWrite);
    begin_shadow(epc_, range);
    return {};
}

Result<> EmulatedEnclave::close(Range range) { return epc_.demand ? epc_.demand->close(range) : Result<> {}; }

// As the driver: EFAULT at the first page that is not there or not accepted; those before it are changed.
template <typename Leaf>
Result<> EmulatedEnclave::change_each(Range range, Leaf leaf)
{
    TRY(check_changeable(range));
    for (auto page = range.address; page < range.end(); page += kPageSize) {
        if (leaf(page) != PageStatus::Success) {
            TRY(close(range));
            return Errno::Efault;
        }
    }
    return close(range);
}

Result<> EmulatedEnclave::restrict(Range range, uint64_t permissions)
{
    if ((permissions & ~sgx::kPagePermissions) || permissions == sgx::kPageWrite)
        return Errno::Einval;
    return change_each(range, [&](uint64_t page) { return emodpr(epc_, page, permissions); });
}

Result<> EmulatedEnclave::trim(Range range)
{
    TRY(change_each(range, [&](uint64_t page) { return emodt(epc_, page); }));
    std::lock_guard lock(trimmed_mutex_);
    trimmed_.push_back(range);
    return {};
}

// What was trimmed in the range. EPERM, as the driver says, if the enclave has not accepted that.
Result<> EmulatedEnclave::remove_trimmed(Range range)
{
    std::lock_guard lock(trimmed_mutex_);
    Result<> outcome;
    std::erase_if(trimmed_, [&](Range trimmed) {
        if (!trimmed.overlaps(range))
            return false;
        auto removed = remove(trimmed);
        if (removed.is_ok())
            return true;
        outcome = std::move(removed);
        return false;
    });
    return outcome;
}

// Zero before the enclave can have a new one there, which without demand pages it can have at any time.
Result<> EmulatedEnclave::remove(Range trimmed)
{
    if (epc_.demand)
        TRY(epc_.memory.discard(trimmed));
    bool is_accepted = true;
    for (auto page = trimmed.address; page < trimmed.end(); page += kPageSize)
        is_accepted &= eremove(epc_, page) || !epc_.epcm.at(page);
    return is_accepted ? Result<> {} : Errno::Eperm;
}

// Without demand pages, there may be contents in pages that were never accepted.
Result<> EmulatedEnclave::discard(Range range)
{
    TRY(check_changeable(range));
    TRY(remove_trimmed(range));
    return epc_.demand ? Result<> {} : epc_.memory.discard(range);
}

Result<> EmulatedEnclave::take_away(Range range)
{
    TRY(check_changeable(range));
    epc_.epcm.forget(range);
    TRY(epc_.memory.discard(range));
    return close(range);
}

Result<> EmulatedEnclave::release(Range range)
{
    TRY(check_changeable(range));
    TRY(remove_trimmed(range));
    if (epc_.demand)
        return epc_.demand->grant(range, 0);
    if (auto const shadow = take_shadow(range); shadow.memory)
        munmap(shadow.memory, shadow.range.size);
    return epc_.memory.release(range);
}

} // namespace farl::host
