#include "owner/cas/admission.h"

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
    auto startup = started(*stored, service->first, request.holder);
    if (std::holds_alternative<Denial>(startup))
        store_.volumes().give_back(request.session, service->second.volumes, request.holder);
    return startup;
}

Admitted Admission::started(StoredSession& stored, std::string const& service, Hash const& holder) const
{
    auto const& rule = stored.session.services.find(service)->second;
    try {
        store_.renew_certificates(stored);
        auto volumes = store_.volumes().take(stored.session.name, rule.volumes, { holder, lease_ });
        if (auto const* denial = std::get_if<Denial>(&volumes))
            return *denial;
        auto config =
            startup_config(store_, stored, service, { std::get<ByName<VolumeRecord>>(std::move(volumes)), lease_ });
        if (rule.starts && !store_.take_start(stored, service, *rule.starts))
            return started_already(*rule.starts);
        return Startup { std::move(config), rule.volumes.empty() ? std::chrono::seconds(0) : lease_ };
    } catch (NotSupported const& what) {
        return Denial { Reason::NotSupported, what.what() };
    } catch (StoreRefusal const&) {
        return Denial { Reason::NotSupported, "a secret that the service imports is exported no more" };
    }
}

std::variant<std::chrono::seconds, Denial> Admission::keep(StateToKeep const& wanted, Hash const& holder)
{
    if (auto denial = store_.volumes().keep(wanted, { holder, lease_ }))
        return *denial;
    return wanted.is_last ? std::chrono::seconds(0) : lease_;
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
    store_.record({ denial ? "enclave denied" : "enclave allowed", details });
}

} // namespace farl::owner
