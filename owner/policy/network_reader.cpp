#include "abi/formats/host_name.h"
#include "owner/policy/fields.h"
#include "owner/policy/rule_host.h"
#include "owner/policy/session_reader.h"
#include "owner/policy/words.h"

namespace farl::owner {

namespace {

constexpr size_t kLongestProtocol = 255; // RFC 7301

uint16_t port_of(YamlNode const& node)
{
    bool is_any = node.kind == YamlNode::Kind::Scalar && node.text.reveal() == "any";
    return is_any ? 0 : static_cast<uint16_t>(number_of(node, 1, UINT16_MAX));
}

NetworkAddress address_of(YamlNode const& node)
{
    auto const address = NetworkAddress::parse(text_of(node));
    if (!address)
        throw PolicyError(node.position,
            "expected an address or a network, such as 192.0.2.1 or 10.0.0.0/8, with no bits set behind the prefix");
    return *address;
}

TlsFiles files_from(YamlNode const& node)
{
    Fields fields(node, "files of a certificate and its key");
    TlsFiles files { path_of(fields.required("file")), path_of(fields.required("key")) };
    fields.finish();
    return files;
}

void read_certificate(YamlNode const& node, NetworkRule& rule)
{
    if (node.kind == YamlNode::Kind::Mapping)
        rule.files = files_from(node);
    else
        rule.certificate = name_of(node);
}

std::string protocol_of(YamlNode const& node)
{
    auto protocol = text_of(node);
    if (protocol.empty() || protocol.size() > kLongestProtocol)
        throw PolicyError(node.position, "the name of a protocol (ALPN) has 1 to 255 bytes");
    return protocol;
}

// What only rules of TLS have.
void read_tls(Fields& fields, NetworkRule& rule)
{
    if (auto const* certificate = fields.optional("certificate"))
        read_certificate(*certificate, rule);
    if (auto const* authority = fields.optional("authority"))
        rule.authority = name_of(*authority);
    if (auto const* names = fields.optional("names")) {
        for (auto const& name : items_of(*names, "host names of the other side"))
            rule.names.push_back(host_of(name, false));
    }
    if (auto const* protocol = fields.optional("protocol"))
        rule.protocol = protocol_of(*protocol);
    if (auto const* tls12 = fields.optional("tls12"))
        rule.allows_tls12 = boolean_of(*tls12);
}

void refuse_tls(Fields& fields)
{
    for (auto const* key : { "certificate", "authority", "names", "protocol", "tls12" })
        if (auto const* found = fields.optional(key))
            throw PolicyError(found->position, "there is no TLS with this mode");
}

// What both directions have; `tls` is the mode in which this side has TLS.
void read_rule(Fields& fields, NetworkRule& rule, NetworkMode tls)
{
    if (auto const* address = fields.optional("address"))
        rule.address = address_of(*address);
    rule.port = port_of(fields.required("port"));
    auto const& mode = fields.required("mode");
    rule.mode = choice_of(mode, kNetworkModes);
    if (rule.mode != tls && rule.mode != NetworkMode::Plain && rule.mode != NetworkMode::Refuse)
        throw PolicyError(mode.position,
            tls == NetworkMode::TlsServer ? "who listens is the server: tls-server"
                                          : "who connects is the client: tls-client");
    if (rule.mode == tls)
        read_tls(fields, rule);
    else
        refuse_tls(fields);
}

} // namespace

NetworkRule listen_rule_from(YamlNode const& node)
{
    Fields fields(node, "a port to listen on");
    NetworkRule rule {};
    read_rule(fields, rule, NetworkMode::TlsServer);
    fields.finish();
    if (rule.mode == NetworkMode::TlsServer && !rule.certificate && !rule.files)
        throw PolicyError(node.position, "`certificate` is missing: a server of TLS shows one");
    if (!rule.names.empty() && !rule.authority)
        throw PolicyError(node.position, "`authority` is missing: whose names are these?");
    return rule;
}

NetworkRule connect_rule_from(YamlNode const& node)
{
    Fields fields(node, "a destination");
    NetworkRule rule {};
    auto const* host = fields.optional("host");
    if (host)
        rule.host = host_of(*host, false);
    read_rule(fields, rule, NetworkMode::TlsClient);
    fields.finish();
    if (!host && !rule.address)
        throw PolicyError(node.position, "`host` or `address` is missing: where does it lead?");
    if (auto const literal = NetworkAddress::parse(rule.host); literal && !rule.address)
        rule.address = literal;
    if (auto const name = host_of(rule); !name.empty() && !formats::is_host_name(name))
        throw PolicyError(
            host->position, "expected a host name, such as db.example; localhost is an address, such as 127.0.0.1");
    if (rule.mode != NetworkMode::TlsClient)
        return rule;
    if (!rule.authority)
        throw PolicyError(node.position, "`authority` is missing: who issues the certificates that are believed?");
    if (rule.host.empty() && rule.names.empty())
        throw PolicyError(node.position, "`host` or `names` is missing: who is meant to answer?");
    return rule;
}

} // namespace farl::owner
