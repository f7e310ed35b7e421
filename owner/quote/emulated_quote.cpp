#include "owner/quote/emulated_quote.h"

#include "owner/digest/digest.h"
#include "owner/quote/quote_signatures.h"

#include <algorithm>
#include <fmt/format.h>

namespace farl::owner {

namespace {

// Its certificates have no end, so that any time after they were thought of does.
constexpr time_t kAnyTime = 1'600'000'000;

void check_quoting_enclave(sgx::ReportBody const& report)
{
    bool is_emulators = report.mrenclave == sgx::kEmulatedQeMeasurement && report.mrsigner == sgx::kEmulatedQeSigner
        && report.attributes == sgx::kEmulatedQeAttributes;
    if (!is_emulators)
        throw Refusal(RefusalReason::WrongQuotingEnclave, "the quoting enclave is not an emulator's");
}

} // namespace

bool is_emulated(Quote const& quote) { return quote.header.qe_vendor_id == sgx::kQeVendorEmulator; }

EmulatedAttestation attest_emulated(Quote const& quote)
{
    if (!is_emulated(quote))
        throw Refusal(RefusalReason::UnsupportedQuote, "the quote is not an emulator's");
    auto chain = CertificateChain::parse(quote.pck_chain, "emulator's certificate chain");
    auto root = chain.root_key_hash();
    chain.verify_unrevoked({ { "an emulator", root } }, kAnyTime);
    check_quote_signatures(quote, chain.leaf());
    check_quoting_enclave(quote.qe_report);

    EmulatedAttestation attestation { .report = quote.report, .root = root, .platform = {} };
    std::copy_n(quote.header.user_data.begin(), attestation.platform.size(), attestation.platform.begin());
    return attestation;
}

Verdict verify_emulated_quote(Bytes bytes, std::set<sgx::Hash> const& roots, bool tolerates_debug_enclaves)
{
    Verdict verdict;
    try {
        verdict.emulated = attest_emulated(parse_quote(bytes));
        if (!roots.contains(verdict.emulated->root))
            throw Refusal(RefusalReason::EmulatedQuote,
                fmt::format(
                    "an emulator made it, which protects nothing, with root {}", to_hex(verdict.emulated->root)));
        if (!tolerates_debug_enclaves)
            refuse_debug_enclave(verdict.emulated->report);
    } catch (Refusal const& refusal) {
        verdict.refusal = refusal.reason();
        verdict.explanation = refusal.what();
    }
    return verdict;
}

} // namespace farl::owner
