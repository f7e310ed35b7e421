#include "owner/quote/quote_signatures.h"

#include "owner/digest/digest.h"
#include "owner/quote/refusal.h"

#include <algorithm>
#include <bit>

namespace farl::owner {

namespace {

// The quoting enclave's report names the key that it made: SHA-256 over the key and its authentication data, and zeros.
void check_key_binding(Quote const& quote)
{
    std::vector<std::byte> bound(quote.attestation_key.begin(), quote.attestation_key.end());
    bound.insert(bound.end(), quote.qe_authentication_data.begin(), quote.qe_authentication_data.end());
    sgx::ReportData expected {};
    std::ranges::copy(std::bit_cast<sgx::Hash>(sha256(bound)), expected.begin());
    if (quote.qe_report.report_data != expected)
        throw Refusal(
            RefusalReason::InvalidKeyBinding, "the attestation key is not the one that the quoting enclave made");
}

} // namespace

void check_quote_signatures(Quote const& quote, X509* platform)
{
    if (!is_signed_by(X509_get0_pubkey(platform), quote.qe_report_bytes, quote.qe_report_signature))
        throw Refusal(RefusalReason::InvalidQeSignature, "the platform has not signed the quoting enclave's report");
    check_key_binding(quote);
    if (!is_signed_by(p256_key(quote.attestation_key).get(), quote.signed_part, quote.signature))
        throw Refusal(RefusalReason::InvalidQuoteSignature, "the quoting enclave has not signed this quote");
}

} // namespace farl::owner
