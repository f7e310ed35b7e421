#include "owner/quote/report.h"

#include "owner/digest/digest.h"
#include "owner/quote/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

nlohmann::ordered_json as_json(Attestation const& attestation)
{
    auto const& report = attestation.report;
    return { { "root", attestation.root }, { "tcb_status", name_of(attestation.tcb_status) },
        { "tcb_date", attestation.tcb_date }, { "advisory_ids", attestation.advisory_ids },
        { "tcb_evaluation_number", attestation.tcb_evaluation_number }, { "fmspc", to_hex(attestation.fmspc) },
        { "ppid", to_hex(attestation.ppid) }, { "mrenclave", to_hex(report.mrenclave) },
        { "mrsigner", to_hex(report.mrsigner) }, { "isv_prod_id", report.isv_prod_id }, { "isv_svn", report.isv_svn },
        { "debug", attestation.is_debug() }, { "attributes", fmt::format("{:#x}", report.attributes.flags) },
        { "report_data", to_hex(report.report_data) }, { "valid_until", time_as_text(attestation.valid_until) } };
}

} // namespace

std::string verdict_as_text(Verdict const& verdict)
{
    std::string text = verdict.is_acceptable() ? "The quote is acceptable.\n"
                                               : fmt::format("The quote is REFUSED: {}\n", verdict.explanation);
    if (!verdict.attestation)
        return text;
    auto const& attestation = *verdict.attestation;
    auto const& report = attestation.report;
    auto line = [&](char const* name, auto const& value) { text += fmt::format("  {:<14}{}\n", name, value); };
    text += "It is genuine:\n";
    line("root", attestation.root);
    line("platform", fmt::format("FMSPC {}, PPID {}", to_hex(attestation.fmspc), to_hex(attestation.ppid)));
    line("TCB", fmt::format("{}, of {}", name_of(attestation.tcb_status), attestation.tcb_date));
    if (!attestation.advisory_ids.empty())
        line("advisories", fmt::format("{}", fmt::join(attestation.advisory_ids, " ")));
    line("MRENCLAVE", to_hex(report.mrenclave));
    line("MRSIGNER", to_hex(report.mrsigner));
    line("product, SVN", fmt::format("{}, {}", report.isv_prod_id, report.isv_svn));
    line("debug", attestation.is_debug() ? "yes: its host can read its memory" : "no");
    line("report data", to_hex(report.report_data));
    line("valid until", time_as_text(attestation.valid_until));
    return text;
}

std::string verdict_as_json(Verdict const& verdict)
{
    nlohmann::ordered_json json { { "acceptable", verdict.is_acceptable() },
        { "genuine", verdict.attestation.has_value() } };
    if (verdict.refusal) {
        json["reason"] = name_of(*verdict.refusal);
        json["explanation"] = verdict.explanation;
    }
    if (verdict.attestation)
        json.update(as_json(*verdict.attestation));
    return json.dump() + "\n";
}

} // namespace farl::owner
