#include "owner/policy/fields.h"
#include "owner/policy/session_reader.h"
#include "owner/policy/words.h"

namespace farl::owner {

namespace {

// What both directions have; `tls` is the mode in which this side has TLS.
void read_rule(Fields& fields, NetworkRule& rule, NetworkMode tls)
{
    auto const& port = fields.required("port");
    rule.port = static_cast<uint16_t>(number_of(port, 1, UINT16_MAX));
    auto const& mode = fields.required("mode");
    rule.mode = choice_of(mode, kNetworkModes);
    if (rule.mode != tls && rule.mode != NetworkMode::Plain && rule.mode != NetworkMode::Refuse)
        throw PolicyError(mode.position,
            tls == NetworkMode::TlsServer ? "who listens is the server: tls-server"
                                          : "who connects is the client: tls-client");
    auto const* certificate = fields.optional("certificate");
    auto const* authority = fields.optional("authority");
    if (rule.mode != tls && (certificate || authority))
        throw PolicyError((certificate ? certificate : authority)->position, "there is no TLS with this mode");
    if (certificate)
        rule.certificate = name_of(*certificate);
    if (authority)
        rule.authority = name_of(*authority);
}

} // namespace

NetworkRule listen_rule_from(YamlNode const& node)
{
    Fields fields(node, "a port to listen on");
    NetworkRule rule {};
    read_rule(fields, rule, NetworkMode::TlsServer);
    fields.finish();
    if (rule.mode == NetworkMode::TlsServer && !rule.certificate)
        throw PolicyError(node.position, "`certificate` is missing: a server of TLS shows one");
    return rule;
}

NetworkRule connect_rule_from(YamlNode const& node)
{
    Fields fields(node, "a destination");
    NetworkRule rule { .host = host_of(fields.required("host"), false) };
    read_rule(fields, rule, NetworkMode::TlsClient);
    fields.finish();
    return rule;
}

} // namespace farl::owner
