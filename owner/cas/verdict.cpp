#include "owner/cas/verdict.h"

#include "owner/digest/digest.h"

#include <algorithm>
#include <fmt/format.h>

namespace farl::owner {

namespace {

using Reason = Denial::Reason;
using Judgement = std::optional<Denial>;

Denial deny(Reason reason, std::string explanation) { return { reason, std::move(explanation) }; }

Judgement judge_binding(sgx::ReportBody const& report, sgx::ReportData const& bound)
{
    if (report.report_data == bound)
        return {};
    return deny(Reason::NotBound, "the report was not made for this connection: it is old, or another one's");
}

Judgement judge_debug(AttestationRule const& rule, sgx::ReportBody const& report)
{
    if (rule.allows_debug || !(report.attributes.flags & sgx::kAttributeDebug))
        return {};
    return deny(Reason::DebugEnclave, "it is a debug enclave, whose memory its host can read");
}

Judgement judge_enclave(AttestationRule const& rule, sgx::ReportBody const& report)
{
    if (rule.mrenclaves.empty() || rule.mrenclaves.contains(report.mrenclave))
        return {};
    return deny(Reason::WrongEnclave,
        fmt::format("MRENCLAVE is {}, which the session does not list", to_hex(report.mrenclave)));
}

Judgement judge_signer(AttestationRule const& rule, sgx::ReportBody const& report)
{
    if (!rule.signer)
        return {};
    if (report.mrsigner != rule.signer->mrsigner)
        return deny(
            Reason::WrongSigner, fmt::format("MRSIGNER is {}, the session asks for another", to_hex(report.mrsigner)));
    if (report.isv_prod_id != rule.signer->product)
        return deny(Reason::WrongProduct,
            fmt::format("the product is {}, the session asks for {}", report.isv_prod_id, rule.signer->product));
    if (report.isv_svn < rule.signer->minimum_svn)
        return deny(Reason::EnclaveTooOld,
            fmt::format("the SVN is {}, the session asks for at least {}", report.isv_svn, rule.signer->minimum_svn));
    return {};
}

Judgement judge_platform(AttestationRule const& rule, std::span<std::byte const> platform)
{
    auto is_this = [&](PlatformId const& listed) { return std::ranges::equal(listed, platform); };
    if (rule.platforms.empty() || std::ranges::any_of(rule.platforms, is_this))
        return {};
    return deny(
        Reason::UnknownPlatform, fmt::format("the platform is {}, which the session does not list", to_hex(platform)));
}

// What only one kind of platform has.
struct PlatformKind {
    AttestationRule const& rule;

    Judgement operator()(Attestation const& attestation) const
    {
        if (!rule.tcb.contains(attestation.tcb_status))
            return deny(Reason::TcbNotTolerated,
                fmt::format(
                    "the platform's TCB is {}, which the session does not accept", name_of(attestation.tcb_status)));
        return judge_platform(rule, attestation.ppid);
    }

    Judgement operator()(EmulatedAttestation const& attestation) const
    {
        if (!rule.emulated.any && !rule.emulated.roots.contains(attestation.root))
            return deny(Reason::EmulatorNotTolerated,
                fmt::format("it runs in an emulator, with root {}, and the session does not name it in `emulated`",
                    to_hex(attestation.root)));
        return judge_platform(rule, attestation.platform);
    }
};

} // namespace

sgx::ReportBody const& report_of(Evidence const& evidence)
{
    return std::visit([](auto const& attestation) -> sgx::ReportBody const& { return attestation.report; }, evidence);
}

char const* name_of(Denial::Reason reason)
{
    switch (reason) {
    case Reason::MalformedRequest:
        return "malformed-request";
    case Reason::MalformedEvidence:
        return "malformed-evidence";
    case Reason::NotGenuine:
        return "not-genuine";
    case Reason::NoSuchService:
        return "no-such-service";
    case Reason::NotBound:
        return "not-bound";
    case Reason::EmulatorNotTolerated:
        return "emulator-not-tolerated";
    case Reason::DebugEnclave:
        return "debug-enclave";
    case Reason::WrongEnclave:
        return "wrong-enclave";
    case Reason::WrongSigner:
        return "wrong-signer";
    case Reason::WrongProduct:
        return "wrong-product";
    case Reason::EnclaveTooOld:
        return "enclave-too-old";
    case Reason::TcbNotTolerated:
        return "tcb-not-tolerated";
    case Reason::UnknownPlatform:
        return "unknown-platform";
    case Reason::TooManyAttempts:
        return "too-many-attempts";
    case Reason::NotSupported:
        return "not-supported";
    case Reason::StartedAlready:
        return "started-already";
    case Reason::VolumeInUse:
        return "volume-in-use";
    case Reason::LeaseLost:
        return "lease-lost";
    case Reason::OlderState:
        return "older-state";
    case Reason::StoreFailed:
        return "store-failed";
    }
    return "unknown";
}

std::optional<Denial> judge(AttestationRule const& rule, Evidence const& evidence, sgx::ReportData const& bound)
{
    auto const& report = report_of(evidence);
    if (auto denial = judge_binding(report, bound))
        return denial;
    if (auto denial = std::visit(PlatformKind { rule }, evidence))
        return denial;
    if (auto denial = judge_debug(rule, report))
        return denial;
    if (auto denial = judge_enclave(rule, report))
        return denial;
    return judge_signer(rule, report);
}

} // namespace farl::owner
