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

PckAuthority authority_of(X509_CRL const* list)
{
    auto authority = pck_authority_of(X509_CRL_get_issuer(list));
    if (!authority)
        throw Refusal(RefusalReason::MalformedCollateral, "pck_crl is not of an authority that issues to platforms");
    return *authority;
}

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

// Its issuer is the end of a chain that was verified; who uses the list finds it by the issuer's name.
void check_list(X509_CRL* list, X509* issuer, time_t now)
{
    bool is_issuers = X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0
        && X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;
    if (!is_issuers)
        throw Refusal(RefusalReason::InvalidCollateralSignature, "the signature of pck_crl is wrong");
    check_time("revocation list", start_of(list), end_of(list), now);
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
        collateral.authority_ = authority_of(collateral.platform_list_.get());
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
    check_list(platform_list_.get(), list_issuers_.leaf(), now);
}

time_t Collateral::valid_from() const
{
    return std::max({ tcb_info_.issued, qe_identity_.issued, start_of(root_list_.get()), start_of(platform_list_.get()),
        signed_tcb_info_.chain.start(), signed_qe_identity_.chain.start(), list_issuers_.start() });
}

char const* Collateral::part_older_than(Collateral const& other) const
{
    auto is_older = [](auto const& ours, auto const& theirs) {
        return ours.evaluation_number < theirs.evaluation_number || ours.issued < theirs.issued;
    };
    if (is_older(tcb_info_, other.tcb_info_))
        return "TCB info";
    if (is_older(qe_identity_, other.qe_identity_))
        return "QE identity";
    if (start_of(root_list_.get()) < start_of(other.root_list_.get()))
        return "root's revocation list";
    if (start_of(platform_list_.get()) < start_of(other.platform_list_.get()))
        return "revocation list of platforms";
    return nullptr;
}

time_t Collateral::valid_until() const
{
    return std::min(
        { tcb_info_.next_update, qe_identity_.next_update, end_of(root_list_.get()), end_of(platform_list_.get()),
            signed_tcb_info_.chain.end(), signed_qe_identity_.chain.end(), list_issuers_.end() });
}

} // namespace farl::owner
