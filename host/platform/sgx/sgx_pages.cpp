// The page operations of an initialised enclave: the half of SGX2 that is the host's.
#include "host/platform/mapping.h"
#include "host/platform/sgx/chunked.h"
#include "host/platform/sgx/sgx_enclave.h"

#include <algorithm>
#include <utility>

namespace farl::host {

namespace {

constexpr uint64_t kTrim = static_cast<uint64_t>(sgx::PageType::Trim);

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

Result<> SgxEnclave::map(Range range, uint64_t permissions)
{
    TRY(told(SgxStep::Protect, driver_.protect(range, protection(permissions))));
    granted_.set(range, permissions);
    return {};
}

Result<> SgxEnclave::protect(Range range, uint64_t permissions)
{
    TRY(check_changeable(range));
    if (permissions & ~sgx::kPagePermissions)
        return Errno::Einval;
    std::lock_guard lock(mutex_);
    return map(range, permissions);
}

// EACCEPTCOPY writes.
Result<> SgxEnclave::prepare(Range range) { return protect(range, sgx::kPageRead | sgx::kPageWrite); }

Result<> SgxEnclave::restrict(Range range, uint64_t permissions)
{
    TRY(check_changeable(range));
    std::lock_guard lock(mutex_);
    sgx_enclave_restrict_permissions const request {
        .offset = range.address - secs_.base,
        .length = range.size,
        .permissions = permissions,
    };
    return told(
        SgxStep::Restrict, control_range(driver_, device_, SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS, request).result);
}

Result<> SgxEnclave::trim(Range range)
{
    TRY(check_changeable(range));
    std::lock_guard lock(mutex_);
    TRY(map_closed_parts(range, PROT_READ)); // EACCEPT reads through the mapping
    sgx_enclave_modify_types const request {
        .offset = range.address - secs_.base,
        .length = range.size,
        .page_type = kTrim,
    };
    auto [done, result] = control_range(driver_, device_, SGX_IOC_ENCLAVE_MODIFY_TYPES, request);
    if (done)
        trimmed_.push_back({ range.address, done });
    return told(SgxStep::Trim, std::move(result));
}

// What has been given no permissions.
Result<> SgxEnclave::map_closed_parts(Range range, int protection)
{
    auto at = range.address;
    auto const map_until = [&](uint64_t end) -> Result<> {
        Range const closed { at, end - at };
        return closed.size ? told(SgxStep::Protect, driver_.protect(closed, protection)) : Result<> {};
    };
    for (auto const& part : granted_.in(range)) {
        TRY(map_until(part.range.address));
        at = part.range.end();
    }
    return map_until(range.end());
}

// EPERM means that the enclave has not accepted.
Result<> SgxEnclave::remove_trimmed(Range range)
{
    std::vector<Range> left;
    Result<> outcome;
    for (auto trimmed : trimmed_) {
        if (!trimmed.overlaps(range)) {
            left.push_back(trimmed);
            continue;
        }
        sgx_enclave_remove_pages const request { .offset = trimmed.address - secs_.base, .length = trimmed.size };
        auto [done, result] = control_range(driver_, device_, SGX_IOC_ENCLAVE_REMOVE_PAGES, request);
        if (result.is_ok())
            continue;
        left.push_back({ trimmed.address + done, trimmed.size - done });
        outcome = std::move(result);
    }
    trimmed_ = std::move(left);
    return told(SgxStep::Remove, std::move(outcome));
}

Result<> SgxEnclave::discard(Range range)
{
    TRY(check_changeable(range));
    std::lock_guard lock(mutex_);
    TRY(remove_trimmed(range));
    return map_closed_parts(range, PROT_NONE);
}

Result<> SgxEnclave::release(Range range)
{
    TRY(check_changeable(range));
    std::lock_guard lock(mutex_);
    TRY(remove_trimmed(range));
    return map(range, 0);
}

} // namespace farl::host
