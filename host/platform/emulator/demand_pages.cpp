#include "host/platform/emulator/demand_pages.h"

#include <algorithm>

namespace farl::host {

namespace {

constexpr uint64_t kMostOpened = 1 << 20; // at once, to either side
constexpr uint64_t kMostBrought = 256 << 10;

} // namespace

Result<> DemandPages::grant(sgx::Range range, uint64_t permissions)
{
    std::lock_guard lock(mutex_);
    granted_.set(range, permissions);
    return memory_.protect(range, 0);
}

void DemandPages::note(sgx::Range range, uint64_t permissions)
{
    std::lock_guard lock(mutex_);
    granted_.set(range, permissions);
}

Result<> DemandPages::close(sgx::Range range)
{
    std::lock_guard lock(mutex_);
    return memory_.protect(range, 0);
}

DemandPages::Access DemandPages::resolve(uint64_t address, uint64_t permission)
{
    std::lock_guard lock(mutex_);
    auto const page = page_down(address);
    auto const granted = granted_.at(page);
    if (permission & ~granted)
        return Access::Unmapped;
    EpcmEntry entry {};
    if (epcm_.exchange(page, entry, kEpcmNew))
        return Access::Refused;
    if (!is_usable(entry) || (permission & ~epcm_permissions(entry)))
        return Access::Refused;
    return open_around(page, granted & epcm_permissions(entry)).is_ok() ? Access::Opened : Access::Refused;
}

// The run of pages that are alike.
Result<> DemandPages::open_around(uint64_t page, uint64_t permissions)
{
    auto const is_alike = [&](uint64_t other) {
        auto const entry = epcm_.at(other);
        return is_usable(entry) && (granted_.at(other) & epcm_permissions(entry)) == permissions;
    };
    auto start = page, end = page + kPageSize;
    while (page - start < kMostOpened && is_alike(start - kPageSize))
        start -= kPageSize;
    while (end - page < kMostOpened && is_alike(end))
        end += kPageSize;
    return memory_.protect({ start, end - start }, permissions);
}

void DemandPages::bring(uint64_t page)
{
    std::lock_guard lock(mutex_);
    auto const granted = granted_.in({ page, kMostBrought });
    if (granted.empty())
        return;
    auto const range = granted.front().range;
    for (auto at = page; range.contains(at); at += kPageSize) {
        EpcmEntry none {};
        if (!epcm_.exchange(at, none, kEpcmNew))
            return;
    }
}

} // namespace farl::host
