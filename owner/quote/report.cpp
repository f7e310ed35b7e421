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

nlohmann::ordered_json as_json(EmulatedAttestation const& attestation)
{
    auto const& report = attestation.report;
    return { { "emulator_root", to_hex(attestation.root) }, { "platform", to_hex(attestation.platform) },
        { "mrenclave", to_hex(report.mrenclave) }, { "mrsigner", to_hex(report.mrsigner) },
        { "isv_prod_id", report.isv_prod_id }, { "isv_svn", report.isv_svn }, { "debug", attestation.is_debug() },
        { "attributes", fmt::format("{:#x}", report.attributes.flags) },
        { "report_data", to_hex(report.report_data) } };
}

class Lines {
public:
    void add(char const* name, auto const& value) { text_ += fmt::format("  {:<14}{}\n", name, value); }
    void add_enclave(sgx::ReportBody const& report)
    {
        add("MRENCLAVE", to_hex(report.mrenclave));
        add("MRSIGNER", to_hex(report.mrsigner));
        add("product, SVN", fmt::format("{}, {}", report.isv_prod_id, report.isv_svn));
        bool is_debug = report.attributes.flags & sgx::kAttributeDebug;
        add("debug", is_debug ? "yes: its host can read its memory" : "no");
        add("report data", to_hex(report.report_data));
    }
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

std::string as_text(Attestation const& attestation)
{
    Lines lines;
    lines.add("root", attestation.root);
    lines.add("platform", fmt::format("FMSPC {}, PPID {}", to_hex(attestation.fmspc), to_hex(attestation.ppid)));
    lines.add("TCB", fmt::format("{}, of {}", name_of(attestation.tcb_status), attestation.tcb_date));
    if (!attestation.advisory_ids.empty())
        lines.add("advisories", fmt::format("{}", fmt::join(attestation.advisory_ids, " ")));
    lines.add_enclave(attestation.report);
    lines.add("valid until", time_as_text(attestation.valid_until));
    return "It is genuine:\n" + lines.text();
}

std::string as_text(EmulatedAttestation const& attestation)
{
    Lines lines;
    lines.add("emulator root", to_hex(attestation.root));
    lines.add("platform", to_hex(attestation.platform));
    lines.add_enclave(attestation.report);
    return "It is an EMULATOR'S, whose host can read and change all of the enclave:\n" + lines.text();
}

} // namespace

std::string verdict_as_text(Verdict const& verdict)
{
    std::string text = verdict.is_acceptable() ? "The quote is acceptable.\n"
                                               : fmt::format("The quote is REFUSED: {}\n", verdict.explanation);
    if (verdict.attestation)
        text += as_text(*verdict.attestation);
    if (verdict.emulated)
        text += as_text(*verdict.emulated);
    return text;
}

std::string verdict_as_json(Verdict const& verdict)
{
    nlohmann::ordered_json json { { "acceptable", verdict.is_acceptable() },
        { "genuine", verdict.attestation.has_value() }, { "emulated", verdict.emulated.has_value() } };
    if (verdict.refusal) {
        json["reason"] = name_of(*verdict.refusal);
        json["explanation"] = verdict.explanation;
    }
    if (verdict.attestation)
        json.update(as_json(*verdict.attestation));
    if (verdict.emulated)
        json.update(as_json(*verdict.emulated));
    return json.dump() + "\n";
}

} // namespace farl::owner
