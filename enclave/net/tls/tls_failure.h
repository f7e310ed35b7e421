// What went wrong with a TLS connection, for a line of the log.
#pragma once

#include <cstdint>
#include <string_view>

namespace farl {

// `reason` is BoringSSL's first error, `verification` what became of the certificate.
std::string_view describe_tls_failure(uint32_t reason, long verification);

} // namespace farl
