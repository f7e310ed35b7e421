#include "owner/policy/fields.h"
#include "owner/policy/session_reader.h"
#include "owner/quote/verifier.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

Signer signer_from(YamlNode const& node)
{
    Fields fields(node, "a signer");
    Signer signer { .mrsigner = array_of<32>(fields.required("mrsigner"), "MRSIGNER"),
        .product = static_cast<uint16_t>(number_of(fields.required("product"), 0, UINT16_MAX)),
        .minimum_svn = static_cast<uint16_t>(number_of(fields.required("minimum_svn"), 0, UINT16_MAX)) };
    fields.finish();
    return signer;
}

TcbStatus tcb_status_of(YamlNode const& node)
{
    auto status = tcb_status_from(node.kind == YamlNode::Kind::Scalar ? node.text.reveal() : std::string_view());
    if (!status)
        throw PolicyError(node.position,
            "expected a TCB status: UpToDate, SWHardeningNeeded, ConfigurationNeeded, "
            "ConfigurationAndSWHardeningNeeded, "
            "OutOfDate or OutOfDateConfigurationNeeded");
    if (*status == TcbStatus::Revoked)
        throw PolicyError(node.position, "the keys of a revoked platform are known to others; it cannot be tolerated");
    return *status;
}

EmulatorTolerance emulated_from(YamlNode const& node)
{
    if (node.kind == YamlNode::Kind::Scalar && node.text.reveal() == "any")
        return { .any = true };
    if (node.kind != YamlNode::Kind::Sequence)
        throw PolicyError(node.position, "expected `any`, or a list of the SHA-256 hashes of emulators' root keys");
    EmulatorTolerance tolerance;
    for (auto const& item : items_of(node, "hashes of emulators' root keys"))
        tolerance.roots.insert(array_of<32>(item, "the hash of an emulator's root key"));
    return tolerance;
}

void read_identity(Fields& fields, AttestationRule& rule)
{
    if (auto const* hashes = fields.optional("mrenclave")) {
        for (auto const& item : items_of(*hashes, "MRENCLAVE values"))
            rule.mrenclaves.insert(array_of<32>(item, "MRENCLAVE"));
    }
    if (auto const* signer = fields.optional("signer"))
        rule.signer = signer_from(*signer);
}

} // namespace

AttestationRule attestation_rule_from(YamlNode const& node)
{
    Fields fields(node, "what a service has to show");
    AttestationRule rule { .tcb = Tolerance {}.tcb };
    read_identity(fields, rule);
    if (auto const* tcb = fields.optional("tcb")) {
        rule.tcb.clear();
        for (auto const& item : items_of(*tcb, "TCB statuses"))
            rule.tcb.insert(tcb_status_of(item));
    }
    if (auto const* platforms = fields.optional("platforms")) {
        for (auto const& item : items_of(*platforms, "platforms' numbers (PPID)"))
            rule.platforms.insert(array_of<16>(item, "a platform's number (PPID)"));
    }
    if (auto const* debug = fields.optional("insecure_debug"))
        rule.allows_debug = boolean_of(*debug);
    if (auto const* emulated = fields.optional("emulated"))
        rule.emulated = emulated_from(*emulated);
    fields.finish();
    if (rule.mrenclaves.empty() && !rule.signer)
        throw PolicyError(node.position, "any enclave would do; give `mrenclave`, `signer` or both");
    return rule;
}

} // namespace farl::owner
