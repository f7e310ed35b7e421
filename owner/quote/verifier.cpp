#include "owner/quote/verifier.h"

#include "abi/sgx/emulated_quote.h"
#include "owner/digest/digest.h"
#include "owner/quote/pck_extension.h"
#include "owner/quote/quote_signatures.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace farl::owner {

namespace {

template <typename T>
Bytes bytes_of(T const& value)
{
    return std::as_bytes(std::span(&value, 1));
}

bool is_masked_equal(Bytes value, Bytes mask, Bytes expected)
{
    for (size_t i = 0; i < value.size(); ++i) {
        if ((value[i] & mask[i]) != expected[i])
            return false;
    }
    return true;
}

TcbLevel const& level_of_qe(sgx::ReportBody const& report, QeIdentity const& identity)
{
    auto refuse = [](char const* what) {
        throw Refusal(
            RefusalReason::WrongQuotingEnclave, fmt::format("the quoting enclave has another {} than Intel's", what));
    };
    if (report.mrsigner != identity.mrsigner)
        refuse("signer");
    if (report.isv_prod_id != identity.isv_prod_id)
        refuse("product id");
    if ((report.misc_select & identity.misc_select_mask) != identity.misc_select)
        refuse("MISCSELECT");
    if (!is_masked_equal(bytes_of(report.attributes), identity.attributes_mask, identity.attributes))
        refuse("set of attributes");
    auto const* level = level_of(report.isv_svn, identity.levels);
    if (!level)
        throw Refusal(RefusalReason::UnknownTcb, "the quoting enclave is older than any that is known");
    return *level;
}

TcbLevel const& level_of_platform(PckExtension const& platform, TcbInfo const& info)
{
    if (platform.fmspc != info.fmspc || platform.pce_id != info.pce_id)
        throw Refusal(RefusalReason::WrongCollateral,
            fmt::format("the collateral is for platforms with FMSPC {}, this one has {}", to_hex(info.fmspc),
                to_hex(platform.fmspc)));
    auto const* level = level_of(platform.tcb, info.levels);
    if (!level)
        throw Refusal(RefusalReason::UnknownTcb, "the platform's TCB is older than any that is known");
    return *level;
}

std::vector<std::string> union_of(std::vector<std::string> names, std::vector<std::string> const& more)
{
    names.insert(names.end(), more.begin(), more.end());
    std::ranges::sort(names);
    auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

void check_vendor(sgx::QuoteHeader const& header)
{
    if (header.qe_vendor_id == sgx::kQeVendorEmulator)
        throw Refusal(RefusalReason::EmulatedQuote, "the quote is an emulator's, which protects nothing");
    if (header.qe_vendor_id != sgx::kQeVendorIntel)
        throw Refusal(RefusalReason::UnsupportedQuote, "the quote is by another vendor's quoting enclave");
}

CertificateChain platform_chain(Quote const& quote)
{
    return CertificateChain::parse(quote.pck_chain, "platform's certificate chain");
}

} // namespace

PlatformFamily claimed_family(Quote const& quote)
{
    check_vendor(quote.header);
    auto chain = platform_chain(quote);
    auto authority = pck_authority_of(X509_get_issuer_name(chain.leaf()));
    if (!authority)
        throw Refusal(RefusalReason::InvalidChain, "the platform's certificate is by an authority that is not known");
    return { pck_extension(chain.leaf()).fmspc, *authority };
}

Attestation attest(Quote const& quote, Collateral const& collateral, time_t now, std::vector<TrustedRoot> const& roots)
{
    check_vendor(quote.header);
    auto chain = platform_chain(quote);
    auto const& root = chain.verify(roots, collateral.revocation_lists(), now);
    check_quote_signatures(quote, chain.leaf());

    auto platform = pck_extension(chain.leaf());
    auto const& level = level_of_platform(platform, collateral.tcb_info());
    auto const& qe_level = level_of_qe(quote.qe_report, collateral.qe_identity());
    return { .report = quote.report,
        .root = root.name,
        .tcb_status = merge(level.status, qe_level.status),
        .tcb_date = std::min(level.date, qe_level.date),
        .advisory_ids = union_of(level.advisory_ids, qe_level.advisory_ids),
        .fmspc = platform.fmspc,
        .ppid = platform.ppid,
        .tcb_evaluation_number = collateral.tcb_info().evaluation_number,
        .valid_until = std::min(collateral.valid_until(), chain.end()) };
}

void refuse_debug_enclave(sgx::ReportBody const& report)
{
    if (report.attributes.flags & sgx::kAttributeDebug)
        throw Refusal(
            RefusalReason::DebugEnclave, "the enclave is a debug enclave: its host can read and change its memory");
}

void check_tolerance(Attestation const& attestation, Tolerance const& tolerance)
{
    if (!tolerance.debug_enclaves)
        refuse_debug_enclave(attestation.report);
    if (!tolerance.tcb.contains(attestation.tcb_status))
        throw Refusal(RefusalReason::TcbNotTolerated,
            fmt::format("the platform's TCB is {} (of {}){}{}", name_of(attestation.tcb_status), attestation.tcb_date,
                attestation.advisory_ids.empty() ? "" : ", see ", fmt::join(attestation.advisory_ids, " ")));
}

Verdict verify_quote(Bytes bytes, Collateral const& collateral, time_t now, Tolerance const& tolerance,
    std::vector<TrustedRoot> const& roots)
{
    Verdict verdict;
    try {
        auto quote = parse_quote(bytes);
        collateral.verify(roots, now);
        verdict.attestation = attest(quote, collateral, now, roots);
        check_tolerance(*verdict.attestation, tolerance);
    } catch (Refusal const& refusal) {
        verdict.refusal = refusal.reason();
        verdict.explanation = refusal.what();
    }
    return verdict;
}

} // namespace farl::owner
