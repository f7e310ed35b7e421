#include "owner/pccs/pccs.h"

#include "owner/digest/hexadecimal.h"
#include "owner/pccs/http_get.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

constexpr std::string_view kApi = "/sgx/certification/v4";
// Intel's own server has all but the root's revocation list, which is where the root's certificate says it is.
constexpr std::string_view kIntelServer = "https://api.trustedservices.intel.com";
constexpr char const* kIntelRootList = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

// Revocation lists come as DER, or as hexadecimal digits of it, depending on the server.
std::string list_in_hex(std::string const& body)
{
    return bytes_from_hex(body) ? body : to_hex(std::as_bytes(std::span(body)));
}

std::string chain_in(HttpAnswer const& answer, char const* header)
{
    auto chain = percent_decoded(answer.headers.at(header));
    if (chain.empty())
        throw HttpFailure(fmt::format("the server's answer has no header {}; is it a PCCS?", header));
    return chain;
}

} // namespace

struct Pccs::SignedPart {
    std::string text, signature, chain;
};

Pccs::Pccs(std::string url, std::string certificates, long timeout_seconds)
    : url_(std::move(url)),
      certificates_(std::move(certificates)),
      timeout_seconds_(timeout_seconds)
{
    check_server_url(url_);
    while (url_.ends_with('/'))
        url_.pop_back();
    if (!url_.ends_with(kApi))
        url_ += kApi;
}

// The text that is signed is cut out, not written again: each byte of it counts.
Pccs::SignedPart Pccs::signed_part(std::string const& path, char const* member, char const* chain_header) const
{
    auto answer = http_get({ url_ + path, certificates_, timeout_seconds_, { chain_header } });
    if (answer.content_type != "application/json")
        throw HttpFailure(fmt::format("{}{}: the answer is not JSON; is it a PCCS?", url_, path));
    constexpr std::string_view kBetween = R"(,"signature":")", kEnd = R"("})";
    auto begin = fmt::format(R"({{"{}":)", member);
    auto between = answer.body.rfind(kBetween);
    if (!answer.body.starts_with(begin) || !answer.body.ends_with(kEnd) || between == std::string::npos
        || between < begin.size())
        throw HttpFailure(fmt::format("{}{}: the answer is not {}... and a signature", url_, path, begin));
    auto signature = between + kBetween.size();
    if (signature > answer.body.size() - kEnd.size())
        throw HttpFailure(fmt::format("{}{}: the answer ends early", url_, path));
    return { .text = answer.body.substr(begin.size(), between - begin.size()),
        .signature = answer.body.substr(signature, answer.body.size() - kEnd.size() - signature),
        .chain = chain_in(answer, chain_header) };
}

std::string Pccs::root_list() const
{
    auto url = url_.starts_with(kIntelServer) ? kIntelRootList : url_ + "/rootcacrl";
    return list_in_hex(http_get({ url, certificates_, timeout_seconds_, {} }).body);
}

std::string Pccs::collateral_for(PlatformFamily const& family) const
{
    constexpr char const* kListChain = "SGX-PCK-CRL-Issuer-Chain";
    auto tcb_info = signed_part("/tcb?fmspc=" + to_hex(family.fmspc), "tcbInfo", "TCB-Info-Issuer-Chain");
    auto qe_identity = signed_part("/qe/identity", "enclaveIdentity", "SGX-Enclave-Identity-Issuer-Chain");
    auto list_url = fmt::format("{}/pckcrl?ca={}&encoding=der", url_, name_of(family.authority));
    auto list = http_get({ list_url, certificates_, timeout_seconds_, { kListChain } });
    nlohmann::ordered_json const collateral { { "tcb_info", tcb_info.text },
        { "tcb_info_signature", tcb_info.signature }, { "tcb_info_issuer_chain", tcb_info.chain },
        { "qe_identity", qe_identity.text }, { "qe_identity_signature", qe_identity.signature },
        { "qe_identity_issuer_chain", qe_identity.chain }, { "root_ca_crl", root_list() },
        { "pck_crl", list_in_hex(list.body) }, { "pck_crl_issuer_chain", chain_in(list, kListChain) } };
    try {
        return collateral.dump(1) + '\n';
    } catch (nlohmann::json::exception const&) {
        throw HttpFailure(fmt::format("{}: the answers are not text", url_));
    }
}

} // namespace farl::owner
