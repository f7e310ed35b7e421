#include "owner/cas/enclave_service.h"

#include "abi/formats/admission.h"
#include "abi/formats/volume_keeping.h"
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

Denial malformed_request() { return { Reason::MalformedRequest, "the request has not the form of one" }; }

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
    bool const is_renewal = formats::is_renewal(block);
    auto names = formats::parse_request(block, is_renewal ? formats::kRenewal : formats::kRequest);
    if (names.is_error())
        return malformed_request();
    AdmissionRequest request { .session = {}, .service = {}, .peer = peer, .shown = Denial {}, .bound = {} };
    take_names(request, names.value());
    take_evidence(request, certificate, collateral_);
    request.holder = holder_of(certificate);
    request.purpose = is_renewal ? AdmissionRequest::Purpose::Renewal : AdmissionRequest::Purpose::Start;
    return decide_(request);
}

EnclaveService::Answer EnclaveService::answer_to_request(
    X509* certificate, std::span<std::byte const> request, std::string const& peer) const
{
    auto admitted = this->admitted(certificate, request, peer);
    if (auto const* denial = std::get_if<Denial>(&admitted))
        return { denial_block(*denial) };
    auto& startup = std::get<Startup>(admitted);
    return { std::move(startup.config), startup.lease.count() == 0, startup.lease };
}

EnclaveService::Answer EnclaveService::answer_to_state(X509* certificate, std::span<std::byte const> block) const
{
    auto parsed = formats::parse_keep_request(block);
    if (parsed.is_error())
        return { denial_block(malformed_request()) };
    auto const& request = parsed.value();
    StateToKeep const wanted { .session = request.service.substr(0, request.service.find('/')),
        .volume = request.volume,
        .state = { request.sequence, request.tag },
        .is_last = request.is_last };
    auto kept = keep_({ wanted, holder_of(certificate) });
    if (auto const* denial = std::get_if<Denial>(&kept))
        return { denial_block(*denial) };
    auto const lease = std::get<std::chrono::seconds>(kept);
    Secret answer { formats::kept_size() };
    formats::write_kept(std::as_writable_bytes(answer.writable()), static_cast<uint32_t>(lease.count()));
    return { std::move(answer), false, lease };
}

EnclaveService::Answer EnclaveService::answer(
    X509* certificate, std::span<std::byte const> request, std::string const& peer) const
{
    try {
        return formats::is_keep_request(request) ? answer_to_state(certificate, request)
                                                 : answer_to_request(certificate, request, peer);
    } catch (DatabaseError const& error) {
        std::fprintf(stderr, "farl-cas: %s\n", error.what());
        return { denial_block({ Reason::StoreFailed,
            "the CAS cannot read or write its store; its operator finds the reason in its log" }) };
    }
}

} // namespace farl::owner
