// Evidence: what an enclave's certificate shows besides its key, so that who connects to it knows the key to be in that
// enclave: a quote, and claims which the quote binds. "Tagged evidence" of the DICE attestation architecture (TCG), as
// interoperable RA-TLS has it: docs/formats/attestation.md.
#pragma once

#include "abi/sgx/report.h"
#include "base/vector.h"
#include "enclave/crypto/p256.h"
#include "enclave/crypto/sha256.h"

namespace farl {

// tcg-dice-TaggedEvidence, 2.23.133.5.4.9: the extension of the certificate.
inline constexpr uint8_t kTaggedEvidence[] = { 0x67, 0x81, 0x05, 0x05, 0x04, 0x09 };

// That the key is this one. ENOMEM.
Result<Vector<std::byte>> make_claims(P256PublicKey::Info const& key);

// What binds them: REPORTDATA of the report from which the quote is made.
sgx::ReportData report_data(std::span<std::byte const> claims);

// The extension's value. ENOMEM.
Result<Vector<std::byte>> make_evidence(std::span<std::byte const> quote, std::span<std::byte const> claims);

} // namespace farl
