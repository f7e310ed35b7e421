// EmulatedEnclave: one enclave of the emulator, behind the platform interface. Turns the manual's faults into the
// errors that the Linux driver gives.
#pragma once

#include "host/platform/emulator/epc_enclave.h"
#include "host/platform/platform.h"

#include <mutex>
#include <vector>

namespace farl::host {

// When pages that the host gives an initialised enclave are of use to it.
enum class PageUse : uint8_t {
    AtOnce,          // which costs no faults
    AfterAcceptance, // as on hardware
};

class EmulatedEnclave final : public Enclave {
public:
    static Result<Owned<Enclave>> create(EnclaveParameters const& parameters, PageUse page_use);
    ~EmulatedEnclave() override;

    Result<> add(PageRun const& run) override;
    Result<> initialise(sgx::SigStruct const& signature, std::span<uint64_t const> enclu_sites) override;
    void serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler) override;
    Result<> protect(Range range, uint64_t permissions) override;
    Result<> prepare(Range range) override;
    Result<> restrict(Range range, uint64_t permissions) override;
    Result<> trim(Range range) override;
    Result<> discard(Range range) override;
    Result<> release(Range range) override;
    sgx::Secs const& secs() const override { return epc_.secs; }

    // EREMOVE of pages of any state, which a host can do while it keeps all threads outside: for tests of what an
    // enclave makes of that. With PageUse::AfterAcceptance.
    Result<> take_away(Range range);

private:
    Result<> check_range(Range range) const;
    Result<> check_changeable(Range range) const;
    Result<> close(Range range);
    Result<> remove_trimmed(Range range);
    Result<> remove(Range trimmed);
    template <typename Leaf>
    Result<> change_each(Range range, Leaf leaf);
    Result<> add_pages(PageRun const& run);
    Result<> patch_enclu_site(uint64_t site);
    void fix_entry_pages();

    EpcEnclave epc_;
    // TCS pages and the SSA frames that they use: an entry relies on them without looking.
    std::vector<Range> fixed_;

    std::mutex trimmed_mutex_;
    std::vector<Range> trimmed_; // and not removed yet
};

} // namespace farl::host
