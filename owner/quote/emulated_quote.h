// Quotes of emulators: which machine's emulator ran an enclave, and which enclave. That is as true as that machine's
// secret is kept, and it protects nothing: the host reads and changes all of the enclave. So they are no quotes to
// verify_quote(), and whoever takes one has to name the emulator.
#pragma once

#include "abi/sgx/emulated_quote.h"
#include "owner/quote/verifier.h"

namespace farl::owner {

bool is_emulated(Quote const& quote);

// All of its signatures, up to a root that it brings itself. Throws Refusal.
EmulatedAttestation attest_emulated(Quote const& quote);

// Acceptable only if its root is one of `roots`. Never throws for what the quote contains.
Verdict verify_emulated_quote(Bytes quote, std::set<sgx::Hash> const& roots, bool tolerates_debug_enclaves = false);

} // namespace farl::owner
