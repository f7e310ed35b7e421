#include "owner/cas/network.h"

namespace farl::owner {

namespace {

using formats::NetworkDirection;
using formats::NetworkRuleMode;

NetworkRuleMode mode_of(NetworkMode mode)
{
    switch (mode) {
    case NetworkMode::TlsServer:
    case NetworkMode::TlsClient:
        return NetworkRuleMode::Tls;
    case NetworkMode::Plain:
        return NetworkRuleMode::Plain;
    case NetworkMode::Refuse:
        break;
    }
    return NetworkRuleMode::Refuse;
}

formats::NetworkRuleHeader header_of(NetworkDirection direction, NetworkRule const& rule)
{
    formats::NetworkRuleHeader header {};
    header.direction = direction;
    header.mode = mode_of(rule.mode);
    header.port = rule.port;
    header.flags =
        static_cast<uint8_t>((rule.allows_tls12 ? formats::kRuleTls12 : 0) | (rule.files ? formats::kRuleFiles : 0));
    if (rule.address) {
        header.family = rule.address->is_ipv6 ? formats::NetworkFamily::Ipv6 : formats::NetworkFamily::Ipv4;
        header.address = rule.address->bytes;
        header.prefix_bits = rule.address->prefix_bits;
    }
    return header;
}

// One a line; who connects means the host unless the rule names others.
std::string names_of(NetworkRule const& rule)
{
    if (rule.mode != NetworkMode::TlsServer && rule.mode != NetworkMode::TlsClient)
        return "";
    if (rule.names.empty())
        return rule.host;
    std::string lines;
    for (auto const& name : rule.names)
        lines += (lines.empty() ? "" : "\n") + name;
    return lines;
}

struct RuleTexts {
    std::string names;
    Secret certificate, key, authority;
};

class NetworkWriter {
public:
    NetworkWriter(StartupWriter& writer, Store const& store, StoredSession const& stored)
        : writer_(writer),
          store_(store),
          stored_(stored)
    {
    }

    void add(NetworkDirection direction, NetworkRule const& rule) const
    {
        auto const texts = texts_of(rule);
        writer_.add_network_rule(header_of(direction, rule),
            { texts.names, rule.protocol, texts.certificate.reveal(), texts.key.reveal(), texts.authority.reveal() });
    }

private:
    Secret part(std::string const& name, SecretPart part) const { return store_.secret(stored_, { name, part }); }

    RuleTexts texts_of(NetworkRule const& rule) const
    {
        RuleTexts texts { .names = names_of(rule) };
        if (rule.files) {
            texts.certificate = Secret(rule.files->certificate);
            texts.key = Secret(rule.files->key);
        } else if (rule.certificate) {
            texts.certificate = part(*rule.certificate, SecretPart::Chain);
            texts.key = part(*rule.certificate, SecretPart::Key);
        }
        if (rule.authority)
            texts.authority = part(*rule.authority, believed_part(*rule.authority));
        return texts;
    }

    SecretPart believed_part(std::string const& name) const
    {
        auto const& source = stored_.session.secrets.find(name)->second.source;
        return std::holds_alternative<GivenSecret>(source) ? SecretPart::Whole : SecretPart::Certificate;
    }

    StartupWriter& writer_;
    Store const& store_;
    StoredSession const& stored_;
};

uint32_t flags_of(Service const& service)
{
    return (service.udp == OtherSockets::Plain ? formats::kNetworkPlainUdp : 0)
        | (service.unix_sockets == OtherSockets::Plain ? formats::kNetworkPlainUnix : 0);
}

} // namespace

void add_network(StartupWriter& writer, Store const& store, StoredSession const& stored, Service const& service)
{
    if (service.listen.empty() && service.connect.empty() && !service.udp && !service.unix_sockets)
        return;
    writer.add_network({ flags_of(service) });
    NetworkWriter network(writer, store, stored);
    for (auto const& rule : service.listen)
        network.add(NetworkDirection::Listen, rule);
    for (auto const& rule : service.connect)
        network.add(NetworkDirection::Connect, rule);
}

} // namespace farl::owner
