// How an enclave gets its startup configuration: it shows a CAS what it is, in the certificate of a key that is made
// for this one connection, and asks for one service. docs/formats/attestation.md, docs/formats/startup-config.md.
#pragma once

#include "base/format.h"
#include "enclave/attest/host_stream.h"
#include "enclave/crypto/secret_bytes.h"
#include "enclave/crypto/tls_client.h"

namespace farl {

struct CasRequest {
    std::string_view service;                   // "SESSION/SERVICE"
    std::optional<TlsClient::ServerKey> key {}; // which the CAS has to show
};

// The block of the startup configuration, which its reader has yet to check. If there is none, `why` has a line for the
// operator, without secrets, and the error tells only who is to blame: EACCES for a denial by the CAS.
Result<SecretBytes> fetch_startup_config(CasRequest const& request, HostStream stream, Formatter& why);

} // namespace farl
