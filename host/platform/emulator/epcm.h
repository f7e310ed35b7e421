// Epcm: what the processor's EPC map holds of one enclave's pages: type, permissions, and what the enclave has still to
// accept. One byte for each page, in one table of the process by address, so that the gate can execute EACCEPT and
// EMODPE by itself. Entries change atomically: the enclave's threads and the host work on them at the same time.
#pragma once

#include "abi/sgx/page_run.h"
#include "base/checked.h"
#include "host/platform/emulator/gate_offsets.h"

#include <optional>

namespace farl::host {

// The low six bits are those of SECINFO.FLAGS; zero is no page.
using EpcmEntry = uint8_t;
static_assert(EPCM_READ == sgx::kPageRead && EPCM_WRITE == sgx::kPageWrite);
static_assert(EPCM_PERMISSIONS == sgx::kPagePermissions && EPCM_PENDING == sgx::kPagePending);
static_assert(EPCM_MODIFIED == sgx::kPageModified && EPCM_RESTRICTED == sgx::kPageRestricted);

constexpr EpcmEntry kEpcmNew = EPCM_REGULAR | EPCM_PENDING | EPCM_READ | EPCM_WRITE; // as EAUG leaves it
constexpr EpcmEntry kEpcmUnaccepted = EPCM_PENDING | EPCM_MODIFIED;                  // no access with one of these
constexpr EpcmEntry kEpcmStates = kEpcmUnaccepted | EPCM_RESTRICTED;

constexpr EpcmEntry epcm_type(EpcmEntry entry) { return entry & EPCM_TYPE; }
constexpr uint64_t epcm_permissions(EpcmEntry entry) { return entry & EPCM_PERMISSIONS; }
constexpr bool is_usable(EpcmEntry entry) { return epcm_type(entry) == EPCM_REGULAR && !(entry & kEpcmUnaccepted); }
sgx::SecInfo secinfo_of(EpcmEntry entry);
// None for a type that pages of an enclave do not have.
std::optional<EpcmEntry> epcm_entry_of(sgx::SecInfo const& info);

class Epcm {
public:
    Epcm() = default;
    ~Epcm();
    Epcm(Epcm const&) = delete;
    Epcm& operator=(Epcm const&) = delete;

    // Before anything else. Beyond 1 TiB, where the emulator runs no enclave, there is nothing to cover.
    void cover(sgx::Range range);

    EpcmEntry at(uint64_t page) const;
    std::optional<sgx::SecInfo> find(uint64_t page) const;
    void set(uint64_t page, EpcmEntry entry);
    // Whether the entry was `expected`, which else becomes what it is.
    bool exchange(uint64_t page, EpcmEntry& expected, EpcmEntry desired);
    void forget(sgx::Range range);

private:
    sgx::Range range_ {};
};

} // namespace farl::host
