#include "owner/quote/collateral.h"

#include "owner/quote/collateral_json.h"
#include "owner/quote/refusal.h"
#include "owner/quote/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::json;

std::vector<std::byte> hex_at(Json const& json, char const* name)
{
    auto bytes = bytes_from_hex(json.at(name).get<std::string>());
    if (!bytes)
        throw Refusal(RefusalReason::MalformedCollateral, fmt::format("{} is not hexadecimal", name));
    return *bytes;
}

SignedText signed_text(Json const& json, std::string const& name, char const* what)
{
    SignedText text { .text = json.at(name),
        .signature = {},
        .chain = CertificateChain::parse(json.at(name + "_issuer_chain").get<std::string>(), what) };
    auto signature = hex_at(json, (name + "_signature").c_str());
    if (signature.size() != text.signature.size())
        throw Refusal(RefusalReason::MalformedCollateral, fmt::format("{}_signature is not 64 bytes", name));
    std::ranges::copy(signature, text.signature.begin());
    return text;
}

void check_time(char const* what, time_t issued, time_t next_update, time_t now)
{
    if (now < issued)
        throw Refusal(RefusalReason::CollateralNotValidNow,
            fmt::format("the {} was issued at {}, after {}", what, time_as_text(issued), time_as_text(now)));
    if (now > next_update)
        throw Refusal(RefusalReason::CollateralNotValidNow,
            fmt::format("the {} was to be replaced by {}: get newer collateral", what, time_as_text(next_update)));
}

void check_signature(SignedText const& text, char const* what)
{
    auto message = std::as_bytes(std::span(text.text));
    if (!is_signed_by(X509_get0_pubkey(text.chain.leaf()), message, text.signature))
        throw Refusal(RefusalReason::InvalidCollateralSignature, fmt::format("the signature of the {} is wrong", what));
}

} // namespace

Collateral Collateral::parse(std::string_view text)
{
    try {
        auto json = Json::parse(text);
        auto list_issuers = json.at("pck_crl_issuer_chain").get<std::string>();
        Collateral collateral(signed_text(json, "tcb_info", "TCB info's issuer chain"),
            signed_text(json, "qe_identity", "QE identity's issuer chain"),
            CertificateChain::parse(list_issuers, "revocation list's issuer chain"));
        collateral.root_list_ = parse_revocation_list(hex_at(json, "root_ca_crl"), "root_ca_crl");
        collateral.platform_list_ = parse_revocation_list(hex_at(json, "pck_crl"), "pck_crl");
        collateral.tcb_info_ = tcb_info_from(collateral.signed_tcb_info_.text);
        collateral.qe_identity_ = qe_identity_from(collateral.signed_qe_identity_.text);
        return collateral;
    } catch (Json::exception const& error) {
        throw Refusal(RefusalReason::MalformedCollateral, fmt::format("the collateral is damaged: {}", error.what()));
    }
}

void Collateral::verify(std::vector<TrustedRoot> const& roots, time_t now) const
{
    check_time("TCB info", tcb_info_.issued, tcb_info_.next_update, now);
    check_time("QE identity", qe_identity_.issued, qe_identity_.next_update, now);
    for (auto const* chain : { &signed_tcb_info_.chain, &signed_qe_identity_.chain, &list_issuers_ })
        chain->verify(roots, { root_list_.get() }, now);
    check_signature(signed_tcb_info_, "TCB info");
    check_signature(signed_qe_identity_, "QE identity");
}

time_t Collateral::valid_until() const
{
    return std::min(
        { tcb_info_.next_update, qe_identity_.next_update, end_of(root_list_.get()), end_of(platform_list_.get()),
            signed_tcb_info_.chain.end(), signed_qe_identity_.chain.end(), list_issuers_.end() });
}

} // namespace farl::owner
