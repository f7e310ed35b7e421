// A quote of this enclave: its report, signed so that others than this machine can tell that it is genuine. From a
// fiber, because it may take the platform long.
#pragma once

#include "abi/sgx/report.h"
#include "base/vector.h"

namespace farl {

inline constexpr size_t kLargestQuote = 64 * 1024;

// With `data` in it. Whatever the platform answers otherwise is the error; ENOSYS where it cannot quote.
// HOST: the quote is what the host says it is: who relies on it verifies it.
Result<Vector<std::byte>> make_quote(sgx::ReportData const& data);

} // namespace farl
