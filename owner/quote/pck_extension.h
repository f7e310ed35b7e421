// What Intel's extension of a PCK certificate says of a platform: Intel SGX PCK Certificate and CRL Profile, section
// 1.3.5, OID 1.2.840.113741.1.13.1.
#pragma once

#include "owner/quote/tcb.h"

#include <openssl/x509.h>

namespace farl::owner {

struct PckExtension {
    std::vector<std::byte> ppid;
    PlatformTcb tcb;
    std::vector<std::byte> pce_id; // 2 bytes
    std::vector<std::byte> fmspc;  // 6 bytes
};

// Throws Refusal.
PckExtension pck_extension(X509* certificate);

} // namespace farl::owner
