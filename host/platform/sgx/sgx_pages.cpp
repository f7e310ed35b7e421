// The page operations of an initialised enclave: the half of SGX2 that is the host's.
#include "host/platform/mapping.h"
#include "host/platform/sgx/chunked.h"
#include "host/platform/sgx/sgx_enclave.h"

#include <algorithm>

namespace farl::host {

namespace {

constexpr uint64_t kTrim = static_cast<uint64_t>(sgx::PageType::Trim);

// Lets `change` work on each run of pages that are there. EFAULT is the driver's word for a page that is not, because
// no fault has brought it yet, and for one that waits for its first EACCEPT (SGX_PAGE_NOT_MODIFIABLE in `result`): that
// is zero, and the enclave decides its permissions then. `after` is told each run that was changed.
template <typename Change, typename After>
Result<> for_present_pages(Range range, Change change, After after)
{
    while (range.size) {
        auto const [done, result] = change(range);
        if (done)
            after(Range { range.address, done });
        range = { range.address + done, range.size - done };
        if (result.is_ok())
            return {};
        if (result.error() != Errno::Efault)
            return result.error();
        range = { range.address + kPageSize, range.size - kPageSize };
    }
    return {};
}

} // namespace

Result<> SgxEnclave::check_changeable(Range range) const
{
    if (!(secs_.attributes.flags & sgx::kAttributeInit))
        return Errno::Einval;
    TRY(check_range(range));
    bool const has_tcs =
        std::any_of(tcs_pages_.begin(), tcs_pages_.end(), [&](Range tcs) { return tcs.overlaps(range); });
    return has_tcs ? Errno::Einval : Result<> {};
}

Result<> SgxEnclave::protect(Range range, uint64_t permissions)
{
    TRY(check_changeable(range));
    if (permissions & ~sgx::kPagePermissions)
        return Errno::Einval;
    std::lock_guard lock(mutex_);
    TRY(remove_trimmed(range));
    // Nobody may use a permission any more before the processor takes it away, so the page tables come first.
    TRY(told(SgxStep::Protect, driver_.protect(range, protection(permissions))));
    if (!permissions)
        return {}; // EPCM permissions of none could not be extended again: EMODPE reads its page
    for (auto const& part : granted_.in(range)) {
        if (part.permissions & ~permissions)
            TRY(restrict(part.range, permissions));
    }
    granted_.set(range, permissions);
    return {};
}

Result<> SgxEnclave::restrict(Range range, uint64_t permissions)
{
    auto change = [&](Range part) {
        sgx_enclave_restrict_permissions const request {
            .offset = part.address - secs_.base,
            .length = part.size,
            .permissions = permissions,
        };
        return control_range(driver_, device_, SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS, request);
    };
    return told(SgxStep::Restrict, for_present_pages(range, change, [](Range) {}));
}

Result<> SgxEnclave::trim(Range range)
{
    auto change = [&](Range part) {
        sgx_enclave_modify_types const request {
            .offset = part.address - secs_.base,
            .length = part.size,
            .page_type = kTrim,
        };
        return control_range(driver_, device_, SGX_IOC_ENCLAVE_MODIFY_TYPES, request);
    };
    for (auto const& part : granted_.in(range))
        TRY(told(SgxStep::Trim,
            for_present_pages(part.range, change, [this](Range trimmed) { trimmed_.push_back(trimmed); })));
    return {};
}

// EPERM means that the enclave has not accepted yet: only where `needed` is concerned is that an error.
Result<> SgxEnclave::remove_trimmed(Range needed)
{
    std::vector<Range> left;
    Result<> outcome;
    for (auto range : trimmed_) {
        sgx_enclave_remove_pages const request { .offset = range.address - secs_.base, .length = range.size };
        auto const [done, result] = control_range(driver_, device_, SGX_IOC_ENCLAVE_REMOVE_PAGES, request);
        TRY(seal_off({ range.address, done }));
        if (result.is_ok())
            continue;
        left.push_back({ range.address + done, range.size - done });
        if (result.error() != Errno::Eperm || left.back().overlaps(needed))
            outcome = result.error();
    }
    trimmed_ = std::move(left);
    return told(SgxStep::Remove, std::move(outcome));
}

// What was released and not given permissions since is not to come back by a fault.
Result<> SgxEnclave::seal_off(Range range)
{
    if (!range.size || !granted_.in(range).empty())
        return {};
    return told(SgxStep::Protect, driver_.protect(range, PROT_NONE));
}

Result<> SgxEnclave::release(Range range)
{
    TRY(check_changeable(range));
    std::lock_guard lock(mutex_);
    TRY(remove_trimmed(range));
    TRY(trim(range));
    granted_.set(range, 0);
    // EACCEPT of a trimmed page reads through the mapping.
    return told(SgxStep::Protect, driver_.protect(range, PROT_READ));
}

Result<> SgxEnclave::discard(Range range)
{
    TRY(check_changeable(range));
    std::lock_guard lock(mutex_);
    TRY(remove_trimmed(range));
    return trim(range);
}

Result<> SgxEnclave::place(Range range, uint64_t target, uint64_t permissions)
{
    Range const placed { target, range.size };
    TRY(check_changeable(range));
    TRY(check_changeable(placed));
    if ((permissions & ~sgx::kPagePermissions) || placed.overlaps(range))
        return Errno::Einval;
    return Errno::Eopnotsupp;
}

} // namespace farl::host
