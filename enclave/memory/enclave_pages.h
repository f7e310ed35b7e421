// EnclavePages: the PageBackend of enclaves. The host changes page tables and pages, and the enclave accepts each
// change, wherever it runs: it does not ask the host whether it has to. Of the application's pages those are accepted
// that are used (accept()); the runtime's own, and those it fills, at once. Callers see to it that nobody else works on
// the same pages: for the application's, by the address space's lock.
#pragma once

#include "enclave/memory/accepted_pages.h"
#include "enclave/memory/page_backend.h"
#include "enclave/memory/page_leaves.h"

namespace farl {

class EnclavePages final : public PageBackend {
public:
    // All outlive it; `accepted` is its own from now on.
    constexpr EnclavePages(PageHost& host, PageLeaves& leaves, AcceptedPages& accepted)
        : host_(host),
          leaves_(leaves),
          accepted_(accepted)
    {
    }

    // PageBackend. New pages are not accepted yet.
    Result<> protect(AddressRange range, int protection) override;
    Result<> release(AddressRange range) override;
    Result<> discard(AddressRange range) override;
    Result<> move(AddressRange from, uint64_t to, int protection) override;

    // Each page of the range that has not been accepted: it is zero. The host lets accesses of this protection through.
    // ENOMEM or EIO if a new page does not come.
    Result<> accept(AddressRange range, int protection);
    // Takes no lock.
    bool are_accepted(AddressRange range) const { return accepted_.contain(range); }

    // Copies of the pages from `from` on appear in `to`, each at once: no thread sees one before it has its contents.
    // Whatever `to` held is gone.
    Result<> place(uint64_t from, AddressRange to, int protection);

    // The runtime's own memory, outside of the application's addresses: readable, writable and zero; and back.
    Result<> commit(AddressRange range);
    Result<> uncommit(AddressRange range);

private:
    Result<> accept_new(sgx::SecInfo const& info, sgx::EncluLeaf leaf, uint64_t page, uint64_t from = 0);
    Result<> accept_change(sgx::SecInfo const& info, uint64_t page, char const* broken);
    void extend(uint64_t page, int protection);
    Result<> adapt(AddressRange run, int protection);
    Result<> restrict(AddressRange run, int protection);
    Result<> trim(AddressRange range);
    Result<> trim_accepted(AddressRange range);

    PageHost& host_;
    PageLeaves& leaves_;
    AcceptedPages& accepted_;
};

} // namespace farl
