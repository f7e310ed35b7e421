// HostedEnclave: what an enclave does towards a CAS, in an ordinary program: reports and quotes of the emulator, the
// certificate that shows them, the request over TLS. With OpenSSL instead of the runtime's code, so that each checks
// the other. For tests and benchmarks of the CAS; each step can be done wrong.
#pragma once

#include "host/platform/emulator/keys.h"
#include "owner/keys/openssl.h"
#include "owner/launch/file_descriptor.h"

#include <vector>

namespace farl {

using ByteVector = std::vector<std::byte>;

struct HostedEnclave {
    host::PlatformKeys platform;
    sgx::Secs secs;
};
// An enclave with this MRENCLAVE on the machine with this secret; `debug` is an attribute.
HostedEnclave hosted_enclave(uint8_t secret, uint8_t mrenclave, bool debug = false);

struct ShownCertificate {
    owner::OpenSsl<EVP_PKEY> key;
    owner::OpenSsl<X509> certificate;
};

owner::OpenSsl<EVP_PKEY> new_p256_key();
// The CBOR that the quote binds.
ByteVector claims_for(EVP_PKEY* key);
sgx::ReportData report_data_for(std::span<std::byte const> claims);
ByteVector quote_from(HostedEnclave const& enclave, sgx::ReportData const& data);
// The value of the certificate's extension.
ByteVector evidence_with(std::span<std::byte const> quote, std::span<std::byte const> claims);
ShownCertificate certificate_with(owner::OpenSsl<EVP_PKEY> key, std::vector<ByteVector> const& evidences);

// All of these, right.
ShownCertificate attested_certificate(HostedEnclave const& enclave);

// The block that the CAS answers with. Throws std::runtime_error, with what went wrong, if there is none.
ByteVector ask_cas(int socket, ShownCertificate const& shown, std::string_view service);
ByteVector ask_cas_with(int socket, ShownCertificate const& shown, std::span<std::byte const> request);
// One request after the other on one connection.
std::vector<ByteVector> talk_to_cas(int socket, ShownCertificate const& shown, std::vector<ByteVector> const& requests);

} // namespace farl
