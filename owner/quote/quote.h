// Quote: the parts of an ECDSA quote, versions 3 and 4. Parsing checks structure only; nothing in it is true yet.
#pragma once

#include "abi/sgx/quote.h"

#include <span>
#include <string_view>

namespace farl::owner {

using Bytes = std::span<std::byte const>;

// Views into the bytes it was parsed from, which have to outlive it.
struct Quote {
    sgx::QuoteHeader header;
    sgx::ReportBody report;
    Bytes signed_part; // header and report
    sgx::P256Pair signature;
    sgx::P256Pair attestation_key;

    sgx::ReportBody qe_report;
    Bytes qe_report_bytes;
    sgx::P256Pair qe_report_signature;
    Bytes qe_authentication_data;
    std::string_view pck_chain; // PEM
};

// The whole of `bytes` is one quote. Throws Refusal.
Quote parse_quote(Bytes bytes);

} // namespace farl::owner
