#include "host/platform/emulator/emulated_enclave.h"

#include "abi/sgx/enclu.h"
#include "abi/sgx/measurement.h"
#include "host/platform/emulator/entry.h"
#include "host/platform/emulator/gate.h"
#include "host/platform/emulator/sole_enclave.h"
#include "host/platform/secs.h"

#include <algorithm>
#include <cstring>

namespace farl::host {

namespace {

// SIGSYS must tell an enclave's system calls from the host's: the host lies above.
constexpr uint64_t kHighestEnclaveEnd = 1ull << 40;

Result<> as_result(LeafFault const& fault)
{
    if (fault)
        return fault->vector == sgx::kVectorPf ? Errno::Efault : Errno::Einval;
    return {};
}

Result<> as_result(EinitStatus status)
{
    switch (status) {
    case EinitStatus::Success:
        return {};
    case EinitStatus::InvalidMeasurement:
    case EinitStatus::InvalidSignature:
        return Errno::Eperm;
    case EinitStatus::InvalidSigStruct:
    case EinitStatus::InvalidAttribute:
        break;
    }
    return Errno::Einval;
}

// jmp *2(%rip), and the address of the site's thunk: aligned if the site is, so that EFLAGS.AC does not matter.
std::array<uint8_t, sgx::kEncluSiteSize> enclu_patch(size_t index)
{
    std::array<uint8_t, sgx::kEncluSiteSize> patch { 0xFF, 0x25, 2 };
    auto const target = reinterpret_cast<uint64_t>(emulator_enclu_thunks) + index * ENCLU_THUNK_SIZE;
    std::memcpy(patch.data() + 8, &target, sizeof(target));
    return patch;
}

} // namespace

EmulatedEnclave::~EmulatedEnclave() { forget_sole_enclave(epc_); }

Result<Owned<Enclave>> EmulatedEnclave::create(EnclaveParameters const& parameters, PageUse page_use)
{
    auto const& range = parameters.range;
    if (range.size > kHighestEnclaveEnd || range.address > kHighestEnclaveEnd - range.size)
        return Errno::Einval;
    auto enclave = TRY(make_owned<EmulatedEnclave>());
    TRY(as_result(ecreate(enclave->epc_, secs_from(parameters))));
    enclave->epc_.memory = TRY(ElRange::reserve(range));
    if (page_use == PageUse::AfterAcceptance)
        enclave->epc_.demand.emplace(enclave->epc_.epcm, enclave->epc_.memory);
    return Owned<Enclave>(std::move(enclave));
}

Result<> EmulatedEnclave::check_range(Range range) const
{
    bool const is_sound = range.size > 0 && is_aligned(range.address, kPageSize) && is_aligned(range.size, kPageSize)
        && epc_.memory.range().contains(range);
    return is_sound ? Result<> {} : Errno::Einval;
}

Result<> EmulatedEnclave::add(PageRun const& run)
{
    TRY(check_range(run.range));
    if (run.contents.size() > run.range.size)
        return Errno::Einval;
    if (run.info.type() == sgx::PageType::Tcs || (run.contents.empty() && !run.is_measured)) {
        TRY(add_pages(run));
    } else {
        TRY(epc_.memory.protect(run.range, sgx::kPageRead | sgx::kPageWrite));
        TRY(add_pages(run));
    }
    auto const permissions = run.info.type() == sgx::PageType::Regular ? run.info.permissions() : 0;
    if (epc_.demand)
        epc_.demand->note(run.range, permissions);
    return epc_.memory.protect(run.range, permissions);
}

Result<> EmulatedEnclave::add_pages(PageRun const& run)
{
    for (uint64_t done = 0; done < run.range.size; done += kPageSize) {
        auto const address = run.range.address + done;
        auto const rest = run.contents.subspan(std::min(done, run.contents.size()));
        TRY(as_result(eadd(epc_, address, run.info, rest.first(std::min(rest.size(), kPageSize)))));
        for (uint64_t chunk = 0; run.is_measured && chunk < kPageSize; chunk += sgx::kExtendSize)
            TRY(as_result(eextend(epc_, address + chunk)));
    }
    return {};
}

Result<> EmulatedEnclave::initialise(sgx::SigStruct const& signature, std::span<uint64_t const> enclu_sites)
{
    EinitStatus status {};
    TRY(as_result(einit(epc_, signature, status)));
    TRY(as_result(status));
    fix_entry_pages();
    // Those beyond the thunks trap, which is slower and does the same.
    for (auto site : enclu_sites.first(std::min<size_t>(enclu_sites.size(), ENCLU_THUNK_COUNT)))
        TRY(patch_enclu_site(site));
    note_sole_enclave(epc_);
    return {};
}

void EmulatedEnclave::fix_entry_pages()
{
    for (auto const& [address, page] : epc_.tcs_pages) {
        fixed_.push_back({ address, kPageSize });
        if (page.usable_ssa_frames)
            fixed_.push_back({ epc_.secs.base + page.tcs.ossa, page.usable_ssa_frames * epc_.ssa_frame_size() });
    }
    std::sort(fixed_.begin(), fixed_.end(), [](Range a, Range b) { return a.address < b.address; });
}

Result<> EmulatedEnclave::patch_enclu_site(uint64_t site)
{
    auto const page = page_down(site);
    auto const info = epc_.epcm.find(page);
    auto const last = epc_.epcm.find(page_down(site + sgx::kEncluSiteSize - 1));
    if (!info || !last || info->flags != last->flags || !(info->flags & sgx::kPageExecute))
        return Errno::Einval;
    Range const pages { page, page_up(site + sgx::kEncluSiteSize) - page };
    auto* code = reinterpret_cast<uint8_t*>(site);
    if (!std::equal(sgx::kEncluOpcode.begin(), sgx::kEncluOpcode.end(), code))
        return Errno::Einval;
    auto const patch = enclu_patch(epc_.enclu_sites.size());
    epc_.enclu_sites.push_back(site);
    TRY(epc_.memory.protect(pages, sgx::kPageRead | sgx::kPageWrite));
    std::copy(patch.begin(), patch.end(), code);
    return epc_.memory.protect(pages, info->permissions());
}

void EmulatedEnclave::serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler)
{
    serve_enclave(epc_, tcs, leaf, registers, handler);
}

} // namespace farl::host
