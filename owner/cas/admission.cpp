#include "owner/cas/admission.h"

#include "owner/cas/network.h"
#include "owner/cas/startup.h"
#include "owner/digest/digest.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

using Reason = Denial::Reason;

constexpr size_t kLongestName = 63;

Denial no_such_service()
{
    return { Reason::NoSuchService, "this CAS has no such session, or the session has no such service" };
}

Denial started_already(uint32_t most)
{
    return { Reason::StartedAlready,
        fmt::format(
            "{} have started in this version of the session, and it allows no more; a new version counts anew", most) };
}

Denial exported_no_more() { return { Reason::NotSupported, "a secret that the service imports is exported no more" }; }

char const* event_of(AdmissionRequest const& request, Denial const* denial)
{
    bool const is_start = request.purpose == AdmissionRequest::Purpose::Start;
    if (denial)
        return is_start ? "enclave denied" : "renewal denied";
    return is_start ? "enclave allowed" : "credentials given";
}

nlohmann::ordered_json platform_of(Evidence const& evidence)
{
    if (auto const* emulated = std::get_if<EmulatedAttestation>(&evidence))
        return { { "platform", to_hex(emulated->platform) }, { "emulator", to_hex(emulated->root) } };
    auto const& attestation = std::get<Attestation>(evidence);
    return { { "platform", to_hex(attestation.ppid) }, { "tcb", name_of(attestation.tcb_status) } };
}

// Names that a stranger sent: no longer than names are, so that nobody fills the log.
std::string shortened(std::string const& name) { return name.substr(0, kLongestName); }

} // namespace

Admitted Admission::decide(AdmissionRequest const& request, RateLimiter::Time now)
{
    // Not recorded: what is too much for verdicts is too much for the log.
    if (!limiter_.admit(fmt::format("{} {}", request.peer, shortened(request.session)), now))
        return Denial { Reason::TooManyAttempts, "too many attempts from there for this session; wait some seconds" };
    auto admitted = judge_request(request);
    record(request, std::get_if<Denial>(&admitted));
    return admitted;
}

Admitted Admission::judge_request(AdmissionRequest const& request) const
{
    if (auto const* denial = std::get_if<Denial>(&request.shown))
        return *denial;
    auto stored = store_.session(request.session);
    if (!stored)
        return no_such_service();
    auto service = stored->session.services.find(request.service);
    if (service == stored->session.services.end())
        return no_such_service();
    if (auto denial = judge(service->second.attestation, std::get<Evidence>(request.shown), request.bound))
        return *denial;
    if (request.purpose == AdmissionRequest::Purpose::Renewal)
        return renewed(*stored, service->first);
    auto startup = started(*stored, service->first, request.holder);
    if (std::holds_alternative<Denial>(startup))
        store_.volumes().give_back(request.session, service->second.volumes, request.holder);
    return startup;
}

GivenTickets Admission::tickets_of(StoredSession const& stored, std::string const& service) const
{
    bool const has_any = has_tickets(stored.session.services.find(service)->second);
    return has_any ? store_.tickets(stored, service, times_.ticket_keys) : GivenTickets {};
}

// For an enclave that began, so that is counted already. It has to be still what the session asks for.
Admitted Admission::renewed(StoredSession& stored, std::string const& service) const
{
    auto const& rule = stored.session.services.find(service)->second;
    try {
        store_.renew_certificates(stored);
        auto credentials = renewed_credentials(store_, stored, rule, tickets_of(stored, service));
        return Startup { std::move(credentials), rule.volumes.empty() ? std::chrono::seconds(0) : times_.lease };
    } catch (StoreRefusal const&) {
        return exported_no_more();
    }
}

Admitted Admission::started(StoredSession& stored, std::string const& service, Hash const& holder) const
{
    auto const& rule = stored.session.services.find(service)->second;
    try {
        store_.renew_certificates(stored);
        auto volumes = store_.volumes().take(stored.session.name, rule.volumes, { holder, times_.lease });
        if (auto const* denial = std::get_if<Denial>(&volumes))
            return *denial;
        GivenVolumes const given { std::get<ByName<VolumeRecord>>(std::move(volumes)), times_.lease };
        auto config = startup_config(store_, stored, service, given, tickets_of(stored, service));
        if (rule.starts && !store_.take_start(stored, service, *rule.starts))
            return started_already(*rule.starts);
        return Startup { std::move(config), rule.volumes.empty() ? std::chrono::seconds(0) : times_.lease };
    } catch (NotSupported const& what) {
        return Denial { Reason::NotSupported, what.what() };
    } catch (StoreRefusal const&) {
        return exported_no_more();
    }
}

void Admission::record(AdmissionRequest const& request, Denial const* denial)
{
    nlohmann::ordered_json details { { "session", shortened(request.session) },
        { "service", shortened(request.service) } };
    if (auto const* evidence = std::get_if<Evidence>(&request.shown)) {
        details["mrenclave"] = to_hex(report_of(*evidence).mrenclave);
        details.update(platform_of(*evidence));
    }
    if (denial)
        details["reason"] = name_of(denial->reason);
    store_.record({ event_of(request, denial), details });
}

} // namespace farl::owner
