#include "host/platform/emulator/page_leaves.h"

#include <algorithm>

namespace farl::host {

using sgx::PageType;
using sgx::SecInfo;

namespace {

constexpr uint64_t kDefinedFlags = sgx::kPagePermissions | kEpcmStates | 0xFFull << sgx::kPageTypeShift;

bool has_defined_bits(SecInfo const& info)
{
    bool const is_zero = std::ranges::all_of(info.reserved, [](uint64_t word) { return word == 0; });
    return is_zero && !(info.flags & ~kDefinedFlags);
}

bool writes_unread(SecInfo const& info) { return (info.flags & sgx::kPageWrite) && !(info.flags & sgx::kPageRead); }

// What EACCEPT can be asked for: exactly one of the changes, on a page of a type that it can happen to.
bool is_acceptable(SecInfo const& info)
{
    auto const states = info.flags & kEpcmStates;
    switch (info.type()) {
    case PageType::Regular:
        return states == sgx::kPageRestricted || states == sgx::kPagePending;
    case PageType::Tcs:
    case PageType::Trim:
        return states == sgx::kPageModified;
    default:
        return false;
    }
}

LeafFault check_page_operand(EpcEnclave const& enclave, uint64_t page)
{
    if (!is_aligned(page, kPageSize) || !enclave.range().contains({ page, kPageSize }))
        return general_protection();
    return kDone;
}

// Until `change` says that there is nothing to change, or it happened.
template <typename Change>
void update(Epcm& epcm, uint64_t page, Change change)
{
    auto entry = epcm.at(page);
    for (;;) {
        std::optional<EpcmEntry> const desired = change(entry);
        if (!desired || epcm.exchange(page, entry, *desired))
            return;
    }
}

} // namespace

LeafFault eaug(EpcEnclave& enclave, uint64_t page)
{
    EpcmEntry none {};
    return enclave.epcm.exchange(page, none, kEpcmNew) ? kDone : LeafFault(page_fault(page));
}

PageStatus emodpr(EpcEnclave& enclave, uint64_t page, uint64_t permissions)
{
    auto status = PageStatus::NotModifiable;
    update(enclave.epcm, page, [&](EpcmEntry entry) -> std::optional<EpcmEntry> {
        status = is_usable(entry) ? PageStatus::Success : PageStatus::NotModifiable;
        if (!is_usable(entry))
            return {};
        auto const kept = epcm_permissions(entry) & permissions;
        return static_cast<EpcmEntry>(EPCM_REGULAR | EPCM_RESTRICTED | kept);
    });
    return status;
}

PageStatus emodt(EpcEnclave& enclave, uint64_t page)
{
    auto status = PageStatus::NotModifiable;
    update(enclave.epcm, page, [&](EpcmEntry entry) -> std::optional<EpcmEntry> {
        status = is_usable(entry) ? PageStatus::Success : PageStatus::NotModifiable;
        return is_usable(entry) ? std::optional<EpcmEntry>(EPCM_TRIM | EPCM_MODIFIED) : std::nullopt;
    });
    return status;
}

bool eremove(EpcEnclave& enclave, uint64_t page)
{
    EpcmEntry trimmed = EPCM_TRIM;
    return enclave.epcm.exchange(page, trimmed, EpcmEntry {});
}

LeafFault eaccept(EpcEnclave& enclave, SecInfo const& info, uint64_t page, PageStatus& status)
{
    if (!has_defined_bits(info))
        return general_protection();
    TRY_LEAF(check_page_operand(enclave, page));
    if (!is_acceptable(info))
        return general_protection();
    if (!enclave.epcm.at(page))
        return page_fault(page);
    auto expected = *epcm_entry_of(info);
    auto const accepted = static_cast<EpcmEntry>(expected & ~kEpcmStates);
    status = enclave.epcm.exchange(page, expected, accepted) ? PageStatus::Success : PageStatus::AttributesMismatch;
    return kDone;
}

LeafFault emodpe(EpcEnclave& enclave, SecInfo const& info, uint64_t page)
{
    if (!has_defined_bits(info))
        return general_protection();
    TRY_LEAF(check_page_operand(enclave, page));
    LeafFault fault;
    update(enclave.epcm, page, [&](EpcmEntry entry) -> std::optional<EpcmEntry> {
        fault = is_usable(entry) ? kDone : LeafFault(page_fault(page));
        if (!fault && writes_unread(info) && !(entry & EPCM_READ))
            fault = general_protection();
        return fault ? std::nullopt : std::optional<EpcmEntry>(entry | info.permissions());
    });
    return fault;
}

LeafFault eacceptcopy(EpcEnclave& enclave, SecInfo const& info, uint64_t page, uint64_t source,
    LeafFault (&copy)(uint64_t to, uint64_t from), PageStatus& status)
{
    if (!has_defined_bits(info) || writes_unread(info) || info.type() != PageType::Regular)
        return general_protection();
    TRY_LEAF(check_page_operand(enclave, page));
    TRY_LEAF(check_page_operand(enclave, source));
    auto const from = enclave.epcm.at(source);
    if (!is_usable(from) || !(from & EPCM_READ))
        return page_fault(source);
    auto expected = enclave.epcm.at(page);
    if (!expected)
        return page_fault(page);
    status = PageStatus::AttributesMismatch;
    if (expected != kEpcmNew)
        return kDone;
    TRY_LEAF(copy(page, source));
    auto const accepted = static_cast<EpcmEntry>(EPCM_REGULAR | info.permissions());
    if (enclave.epcm.exchange(page, expected, accepted))
        status = PageStatus::Success;
    return kDone;
}

} // namespace farl::host
