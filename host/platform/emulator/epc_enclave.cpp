#include "host/platform/emulator/epc_enclave.h"

#include "abi/sgx/measurement.h"
#include "abi/sgx/signature.h"
#include "host/platform/emulator/xstate.h"
#include "host/platform/secs.h"

#include <bit>

namespace farl::host {

using sgx::PageType;
using sgx::SecInfo;

namespace {

constexpr uint64_t kSupportedFlags = sgx::kAttributeDebug | sgx::kAttributeMode64Bit | sgx::kAttributeProvisionKey
    | sgx::kAttributeEinitTokenKey | sgx::kAttributeKss;
constexpr uint64_t kLargestEnclave = 1ull << 46;

template <typename T>
bool is_zero(T const& bytes)
{
    for (auto byte : std::as_bytes(std::span(&bytes, 1))) {
        if (byte != std::byte {})
            return false;
    }
    return true;
}

bool has_legal_attributes(sgx::Secs const& secs)
{
    bool const has_config = !is_zero(secs.config_id) || secs.config_svn;
    return (secs.attributes.flags & ~kSupportedFlags) == 0
        && (secs.attributes.xfrm & sgx::kXfrmLegacy) == sgx::kXfrmLegacy
        && (secs.attributes.xfrm & ~supported_xfrm()) == 0 && (secs.misc_select & ~sgx::kMiscExinfo) == 0
        && (!has_config || (secs.attributes.flags & sgx::kAttributeKss));
}

bool has_legal_range(sgx::Secs const& secs)
{
    return secs.size >= 2 * kPageSize && secs.size <= kLargestEnclave && std::has_single_bit(secs.size)
        && is_aligned(secs.base, secs.size) && is_canonical(secs.base);
}

bool fits_ssa_frame(sgx::Secs const& secs)
{
    auto const misc_size = secs.misc_select & sgx::kMiscExinfo ? sizeof(sgx::ExInfo) : 0;
    return secs.ssa_frame_pages * kPageSize >= xsave_size(secs.attributes.xfrm) + misc_size + sizeof(sgx::Gprs);
}

bool has_zero_reserved(sgx::Secs const& secs)
{
    return is_zero(secs.reserved1) && is_zero(secs.reserved2) && is_zero(secs.reserved3) && is_zero(secs.reserved4)
        && secs.cet_attributes == 0 && secs.cet_legacy_bitmap_offset == 0;
}

bool is_legal(SecInfo const& info)
{
    constexpr uint64_t kDefined = sgx::kPagePermissions | 0xFFull << sgx::kPageTypeShift;
    if ((info.flags & ~kDefined) || !is_zero(info.reserved))
        return false;
    if (info.type() == PageType::Regular)
        return !(info.flags & sgx::kPageWrite) || (info.flags & sgx::kPageRead);
    return info.type() == PageType::Tcs;
}

LeafFault add_tcs(EpcEnclave& enclave, uint64_t address, std::span<std::byte const> contents)
{
    sgx::Tcs tcs {};
    if (!contents.empty())
        std::memcpy(&tcs, contents.data(), sizeof(tcs));
    if (!is_zero(tcs.reserved) || tcs.previous_ssp)
        return general_protection();
    tcs.flags &= ~sgx::kTcsDebugOptIn;
    tcs.cssa = 0;
    tcs.aep = 0;
    tcs.stage = 0;
    enclave.tcs_pages[address].tcs = tcs;
    return kDone;
}

LeafFault check_addition(EpcEnclave const& enclave, uint64_t address, SecInfo const& info)
{
    if (!is_aligned(address, kPageSize) || !is_legal(info))
        return general_protection();
    if (enclave.epcm.at(address))
        return page_fault(address);
    // Beyond the manual: what the kernel never maps cannot be added either.
    if (!enclave.range().contains(address) || !enclave.memory.range().contains(address) || enclave.is_initialised())
        return general_protection();
    return kDone;
}

std::span<std::byte const, kPageSize> page_at(EpcEnclave const& enclave, uint64_t page)
{
    auto tcs = enclave.tcs_pages.find(page);
    auto const* bytes = tcs != enclave.tcs_pages.end() ? reinterpret_cast<std::byte const*>(&tcs->second.tcs)
                                                       : reinterpret_cast<std::byte const*>(page);
    return std::span<std::byte const, kPageSize>(bytes, kPageSize);
}

bool is_usable_for_ssa(EpcEnclave const& enclave, uint64_t page)
{
    constexpr uint64_t kReadWrite = sgx::kPageRead | sgx::kPageWrite;
    auto const entry = enclave.epcm.at(page);
    return is_usable(entry) && (epcm_permissions(entry) & kReadWrite) == kReadWrite;
}

uint64_t count_usable_ssa_frames(EpcEnclave const& enclave, sgx::Tcs const& tcs)
{
    if (!is_aligned(tcs.ossa, kPageSize))
        return 0;
    auto const first = enclave.secs.base + tcs.ossa;
    uint64_t pages = 0;
    while (pages < uint64_t { tcs.nssa } * enclave.secs.ssa_frame_pages
        && is_usable_for_ssa(enclave, first + pages * kPageSize))
        ++pages;
    return pages / enclave.secs.ssa_frame_pages;
}

// What EENTER and ERESUME demand of the TCS and the SECS.
bool is_enterable(EpcEnclave const& enclave, sgx::Tcs const& tcs)
{
    auto const base = enclave.secs.base;
    return is_aligned(tcs.ossa, kPageSize) && is_aligned(tcs.ofsbase, kPageSize) && is_aligned(tcs.ogsbase, kPageSize)
        && (tcs.flags & ~sgx::kTcsDebugOptIn) == 0 && (enclave.secs.attributes.flags & sgx::kAttributeMode64Bit)
        && is_canonical(base + tcs.oentry) && is_canonical(base + tcs.ofsbase) && is_canonical(base + tcs.ogsbase);
}

EinitStatus check_signature(EpcEnclave const& enclave, sgx::SigStruct const& signature, sgx::Hash const& mrenclave)
{
    if (!sgx::is_well_formed(signature))
        return EinitStatus::InvalidSigStruct;
    if (!sgx::is_signed(signature))
        return EinitStatus::InvalidSignature;
    if (!is_zero(signature.isv_family_id) && !(enclave.secs.attributes.flags & sgx::kAttributeKss))
        return EinitStatus::InvalidSigStruct;
    if (signature.enclave_hash != mrenclave)
        return EinitStatus::InvalidMeasurement;
    // Nobody is authorised to make launch tokens on this platform.
    if ((enclave.secs.attributes.flags & sgx::kAttributeEinitTokenKey)
        || !has_signed_attributes(enclave.secs, signature))
        return EinitStatus::InvalidAttribute;
    return EinitStatus::Success;
}

} // namespace

uint64_t EpcEnclave::next_id()
{
    static std::atomic<uint64_t> last { 0 };
    return ++last;
}

LeafFault ecreate(EpcEnclave& enclave, sgx::Secs const& source)
{
    if (!has_legal_attributes(source) || !fits_ssa_frame(source) || !has_legal_range(source)
        || !has_zero_reserved(source))
        return general_protection();
    enclave.secs = source;
    enclave.xsave_size = xsave_size(source.attributes.xfrm);
    enclave.epcm.cover({ source.base, source.size });
    enclave.secs.isv_svn = 0;
    enclave.secs.isv_prod_id = 0;
    enclave.measurement.update(sgx::measurement::ecreate(source.ssa_frame_pages, source.size));
    return kDone;
}

LeafFault eadd(EpcEnclave& enclave, uint64_t address, SecInfo const& info, std::span<std::byte const> contents)
{
    TRY_LEAF(check_addition(enclave, address, info));
    auto added = info;
    if (info.type() == PageType::Tcs) {
        TRY_LEAF(add_tcs(enclave, address, contents));
        added.flags &= ~sgx::kPagePermissions;
    } else if (!contents.empty()) {
        std::memcpy(reinterpret_cast<void*>(address), contents.data(), contents.size());
    }
    enclave.measurement.update(sgx::measurement::eadd(address - enclave.secs.base, added));
    enclave.epcm.set(address, *epcm_entry_of(added));
    return kDone;
}

LeafFault eextend(EpcEnclave& enclave, uint64_t address)
{
    if (!is_aligned(address, sgx::kExtendSize))
        return general_protection();
    auto const page = page_down(address);
    if (!enclave.epcm.at(page))
        return page_fault(address);
    if (enclave.is_initialised())
        return general_protection();
    enclave.measurement.update(sgx::measurement::eextend(address - enclave.secs.base));
    enclave.measurement.update(page_at(enclave, page).subspan(address - page, sgx::kExtendSize));
    return kDone;
}

LeafFault einit(EpcEnclave& enclave, sgx::SigStruct const& signature, EinitStatus& status)
{
    if (enclave.is_initialised())
        return general_protection();
    // The hash can be finished once only; a second attempt at EINIT must see the same.
    auto const mrenclave = enclave.measurement.current();
    status = check_signature(enclave, signature, mrenclave);
    if (status != EinitStatus::Success)
        return kDone;
    enclave.secs.mrenclave = mrenclave;
    enclave.secs.mrsigner = Sha256::of(signature.modulus);
    enclave.secs.isv_prod_id = signature.isv_prod_id;
    enclave.secs.isv_svn = signature.isv_svn;
    for (auto& [address, page] : enclave.tcs_pages) {
        page.is_enterable = is_enterable(enclave, page.tcs);
        page.usable_ssa_frames = count_usable_ssa_frames(enclave, page.tcs);
    }
    enclave.secs.attributes.flags |= sgx::kAttributeInit;
    return kDone;
}

} // namespace farl::host
