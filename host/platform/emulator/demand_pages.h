// DemandPages: an enclave's pages as the hardware has them: of no use before they are accepted, whatever the host's
// page tables say. Memory is inaccessible to begin with; a fault opens what both the host and the EPCM allow, or is the
// enclave's. The emulator can do without (Emulator::create): then memory that the host gives is of use at once.
#pragma once

#include "host/platform/emulator/elrange.h"
#include "host/platform/emulator/epcm.h"
#include "host/platform/granted_pages.h"

#include <mutex>

namespace farl::host {

class DemandPages {
public:
    // Both outlive it.
    DemandPages(Epcm& epcm, ElRange& memory) : epcm_(epcm), memory_(memory) { }

    // The page tables say so from now on. What is there is opened again when it is used.
    Result<> grant(sgx::Range range, uint64_t permissions);
    // The same of pages that are accessible already.
    void note(sgx::Range range, uint64_t permissions);
    // Pages have lost something in the EPCM.
    Result<> close(sgx::Range range);

    enum class Access : uint8_t {
        Opened,   // try again
        Refused,  // by the EPCM: not accepted, or not with this permission
        Unmapped, // by the page tables
    };
    // An access of the enclave that the memory does not let through: one permission. A page that is not there comes.
    Access resolve(uint64_t address, uint64_t permission);

    // EAUG of this page and some after it, as far as there are none and the page tables know them.
    void bring(uint64_t page);

private:
    Result<> open_around(uint64_t page, uint64_t permissions);

    Epcm& epcm_;
    ElRange& memory_;
    std::mutex mutex_; // never held where an enclave's code can fault
    GrantedPages granted_;
};

} // namespace farl::host
