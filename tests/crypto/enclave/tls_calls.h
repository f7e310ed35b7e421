// TLS of BoringSSL, linked into the test enclave: that everything it needs of a system is there and right.
#pragma once

#include "base/result.h"

namespace farl::crypto_test {

// A certificate with an extension as large as a quote, a handshake of TlsClient with a server in memory, and a message
// each way. The version that was agreed upon.
Result<uint64_t> shake_hands();

} // namespace farl::crypto_test
