// The operations on enclave/crypto/ itself, for whoever has it linked in: the hosted tests and the test enclave.
#pragma once

#include "base/result.h"
#include "tests/crypto/operation.h"

namespace farl::crypto_test {

Result<uint64_t> run_wrapped(Request const& request);

}
