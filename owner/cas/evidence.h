// What a certificate shows besides its key, in the interoperable form of RA-TLS: the extension "tagged evidence" of
// TCG's DICE attestation architecture, with a quote and the claims that the quote binds. docs/formats/attestation.md.
// Nothing else in such a certificate counts: names, times and issuer are whatever its maker liked.
#pragma once

#include "abi/sgx/report.h"

#include <openssl/x509.h>
#include <stdexcept>
#include <vector>

namespace farl::owner {

// The certificate has no such evidence, not this form of it, or that of another key.
class EvidenceDefect : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct ShownEvidence {
    std::vector<std::byte> quote; // not verified
    sgx::ReportData bound;        // what the quote's report has to hold, so that it was made for this certificate's key
};

// What an enclave is known by for as long as it runs: the SHA-256 of its certificate's key.
sgx::Hash holder_of(X509* certificate);

// Whose key the certificate has, TLS has to prove. Throws EvidenceDefect.
ShownEvidence evidence_in(X509* certificate);

} // namespace farl::owner
