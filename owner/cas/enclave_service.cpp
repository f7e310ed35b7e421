#include "owner/cas/enclave_service.h"

#include "abi/formats/admission.h"
#include "owner/cas/evidence.h"
#include "owner/quote/emulated_quote.h"

#include <cstdio>

namespace farl::owner {

namespace {

using Reason = Denial::Reason;

Evidence verified(Bytes quote_bytes, CollateralCache& collateral, time_t now)
{
    auto quote = parse_quote(quote_bytes);
    if (is_emulated(quote))
        return attest_emulated(quote);
    return attest(quote, *collateral.get(claimed_family(quote), now), now, collateral.roots());
}

// "SESSION/SERVICE"; without a slash there is no service of that name.
void take_names(AdmissionRequest& request, std::string_view text)
{
    auto slash = std::min(text.find('/'), text.size());
    request.session = text.substr(0, slash);
    request.service = text.substr(std::min(slash + 1, text.size()));
}

void take_evidence(AdmissionRequest& request, X509* certificate, CollateralCache& collateral)
{
    try {
        auto shown = evidence_in(certificate);
        request.bound = shown.bound;
        request.shown = verified(shown.quote, collateral, time(nullptr));
    } catch (EvidenceDefect const& defect) {
        request.shown = Denial { Reason::MalformedEvidence, defect.what() };
    } catch (Refusal const& refusal) {
        request.shown = Denial { Reason::NotGenuine,
            std::string("its quote is refused (") + name_of(refusal.reason()) + "): " + refusal.what() };
    }
}

Secret denial_block(Denial const& denial)
{
    formats::Denial const contents { name_of(denial.reason), denial.explanation };
    Secret block { formats::denial_size(contents) };
    formats::write_denial(std::as_writable_bytes(block.writable()), contents);
    return block;
}

} // namespace

Admitted EnclaveService::admitted(X509* certificate, std::span<std::byte const> block, std::string const& peer) const
{
    auto names = formats::parse_request(block);
    if (names.is_error())
        return Denial { Reason::MalformedRequest, "the request has not the form of one" };
    AdmissionRequest request { .session = {}, .service = {}, .peer = peer, .shown = Denial {}, .bound = {} };
    take_names(request, names.value());
    take_evidence(request, certificate, collateral_);
    try {
        return decide_(request);
    } catch (DatabaseError const& error) {
        std::fprintf(stderr, "farl-cas: %s\n", error.what());
        return Denial { Reason::StoreFailed,
            "the CAS cannot read or write its store; its operator finds the reason in its log" };
    }
}

Secret EnclaveService::answer(X509* certificate, std::span<std::byte const> request, std::string const& peer) const
{
    auto answer = admitted(certificate, request, peer);
    if (auto const* denial = std::get_if<Denial>(&answer))
        return denial_block(*denial);
    return std::move(std::get<Secret>(answer));
}

} // namespace farl::owner
