// TLS of BoringSSL, linked into the test enclave: that everything it needs of a system is there and right.
#pragma once

#include "base/result.h"

namespace farl::crypto_test {

// A handshake of two ends in memory, with a certificate that the client verifies, and a message each way. All callers
// share two contexts. The version that was agreed upon.
Result<uint64_t> shake_hands();

} // namespace farl::crypto_test
