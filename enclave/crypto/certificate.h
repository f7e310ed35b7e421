// A certificate (X.509 v3, RFC 5280) for a P-256 key by that key itself, where TLS wants a certificate, and its key and
// one extension are all that is looked at.
#pragma once

#include "base/vector.h"
#include "enclave/crypto/p256.h"

namespace farl {

struct CertificateExtension {
    std::span<uint8_t const> identifier; // the contents of an OBJECT IDENTIFIER in DER
    std::span<std::byte const> value;
};

// In DER; the extension is not critical. ENOMEM.
Result<Vector<std::byte>> self_signed_certificate(P256PrivateKey const& key, CertificateExtension const& extension);

} // namespace farl
