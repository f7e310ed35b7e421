// Shadow pages: where EACCEPTCOPY copies to, as long as nobody may see the pages. The host then puts all of them in
// their place at once, which costs one system call rather than one for each page. There is one range of them at a time,
// of the sole enclave (sole_enclave.h), and without demand pages only.
#pragma once

#include "host/platform/emulator/epc_enclave.h"

namespace farl::host {

struct ShadowPages {
    sgx::Range range; // where they belong
    void* memory { nullptr };
};

// If they cannot be had, pages are copied into inaccessible memory, one by one.
void begin_shadow(EpcEnclave const& enclave, sgx::Range range);

// Those that belong in `range`, if all of them do, for the caller to place or to unmap. EACCEPTCOPY does not use them
// any more.
ShadowPages take_shadow(sgx::Range range);

// Where the contents of this page are made; null if that is where it belongs. For signal handlers.
void* shadow_of(uint64_t page);

} // namespace farl::host
