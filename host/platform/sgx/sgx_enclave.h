// SgxEnclave: one enclave of the Linux SGX driver. Its range is mapped as a whole at creation; page tables follow what
// the platform interface asks for, and the processor's own permissions (EPCM) are restricted with them.
//
// What only the enclave can do it has to do itself, after the call returns (docs/design/0013-sgx-platform.md):
//   protect  pages come by a fault (EAUG) and wait for EACCEPT; what was restricted before is extended by EMODPE
//   release, discard  pages are trimmed and wait for EACCEPT; the next call of any of these removes them
//   place    EOPNOTSUPP: the enclave copies with EACCEPTCOPY, then releases
#pragma once

#include "host/platform/granted_pages.h"
#include "host/platform/platform.h"
#include "host/platform/sgx/complaint.h"
#include "host/platform/sgx/driver.h"

#include <mutex>
#include <vector>

namespace farl::host {

class SgxEnclave final : public Enclave {
public:
    // What goes wrong is told to `complain` as well as returned, here and in every function.
    static Result<Owned<Enclave>> create(
        Driver& driver, EntryFunction entry, EnclaveParameters const& parameters, Complain complain);

    SgxEnclave(Driver& driver, EntryFunction entry, Complain complain)
        : driver_(driver),
          entry_(entry),
          complain_(complain)
    {
    }
    ~SgxEnclave() override;

    Result<> add(PageRun const& run) override;
    Result<> initialise(sgx::SigStruct const& signature, std::span<uint64_t const> enclu_sites) override;
    void serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler) override;
    Result<> protect(Range range, uint64_t permissions) override;
    Result<> prepare(Range range) override;
    Result<> restrict(Range range, uint64_t permissions) override;
    Result<> trim(Range range) override;
    Result<> discard(Range range) override;
    Result<> release(Range range) override;
    sgx::Secs const& secs() const override { return secs_; }

private:
    Result<> told(SgxStep step, Result<> result) const;
    Result<> create_and_map(EnclaveParameters const& parameters);
    Result<> allow_provisioning();
    Result<> add_pages(PageRun const& run);
    Result<> check_range(Range range) const;
    Result<> check_changeable(Range range) const;
    Result<> map(Range range, uint64_t permissions);
    Result<> map_closed_parts(Range range, int protection);
    Result<> remove_trimmed(Range range);

    Driver& driver_;
    EntryFunction entry_;
    Complain complain_;
    int device_ { -1 };
    sgx::Secs secs_;
    Range mapped_;
    std::vector<Range> tcs_pages_;

    std::mutex mutex_; // of what follows, and of changes to pages
    GrantedPages granted_;
    std::vector<Range> trimmed_; // and not removed yet
};

} // namespace farl::host
