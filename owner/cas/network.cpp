#include "owner/cas/network.h"

#include "owner/cas/certificate_builder.h"
#include "owner/policy/rule_host.h"

#include <algorithm>
#include <limits>

namespace farl::owner {

namespace {

using formats::NetworkDirection;
using formats::NetworkRuleMode;

constexpr auto kNever = std::numeric_limits<time_t>::max();
constexpr time_t kLongest = 30 * 24 * 3600; // until an enclave asks again

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
    std::string host, names;
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

    void add(NetworkDirection direction, NetworkRule const& rule)
    {
        auto const texts = texts_of(rule);
        writer_.add_network_rule(header_of(direction, rule),
            { texts.host, texts.names, rule.protocol, texts.certificate.reveal(), texts.key.reveal(),
                texts.authority.reveal() });
    }

    // When the first of those certificates that the CAS issues gets a successor.
    time_t first_renewal() const { return first_renewal_; }

private:
    Secret part(std::string const& name, SecretPart part) const { return store_.secret(stored_, { name, part }); }

    void note_renewal(std::string const& name)
    {
        auto const certificate = part(name, SecretPart::Certificate);
        first_renewal_ = std::min(first_renewal_, renewal_time(std::string(certificate.reveal())));
    }

    RuleTexts texts_of(NetworkRule const& rule)
    {
        RuleTexts texts { .host = host_of(rule), .names = names_of(rule) };
        if (rule.files) {
            texts.certificate = Secret(rule.files->certificate);
            texts.key = Secret(rule.files->key);
        } else if (rule.certificate) {
            texts.certificate = part(*rule.certificate, SecretPart::Chain);
            texts.key = part(*rule.certificate, SecretPart::Key);
            note_renewal(*rule.certificate);
        }
        if (rule.authority) {
            auto const believed = believed_part(*rule.authority);
            texts.authority = part(*rule.authority, believed);
            if (believed == SecretPart::Certificate)
                note_renewal(*rule.authority);
        }
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
    time_t first_renewal_ { kNever };
};

uint32_t flags_of(Service const& service)
{
    return (service.udp == OtherSockets::Plain ? formats::kNetworkPlainUdp : 0)
        | (service.unix_sockets == OtherSockets::Plain ? formats::kNetworkPlainUnix : 0);
}

bool has_network(Service const& service)
{
    return !service.listen.empty() || !service.connect.empty() || service.udp || service.unix_sockets;
}

// Rules with certificates as they are now, and what goes with these.
void add_credentials(StartupWriter& writer, Store const& store, StoredSession const& stored, Service const& service,
    GivenTickets const& tickets)
{
    NetworkWriter network(writer, store, stored);
    for (auto const& rule : service.listen)
        network.add(NetworkDirection::Listen, rule);
    for (auto const& rule : service.connect)
        network.add(NetworkDirection::Connect, rule);
    auto due = network.first_renewal();
    if (!tickets.keys.is_empty()) {
        writer.add_ticket_keys(tickets.keys.readable());
        due = std::min(due, tickets.until);
    }
    if (due != kNever)
        writer.add_credentials_due(static_cast<uint32_t>(std::clamp<time_t>(due - store.now(), 1, kLongest)));
}

} // namespace

void add_network(StartupWriter& writer, Store const& store, StoredSession const& stored, Service const& service,
    GivenTickets const& tickets)
{
    if (!has_network(service))
        return;
    writer.add_network({ flags_of(service) });
    add_credentials(writer, store, stored, service, tickets);
}

Secret renewed_credentials(
    Store const& store, StoredSession const& stored, Service const& service, GivenTickets const& tickets)
{
    StartupWriter writer(formats::kCredentials);
    add_credentials(writer, store, stored, service, tickets);
    return Secret(formats::as_text(writer.bytes()));
}

bool has_tickets(Service const& service)
{
    return std::ranges::any_of(service.listen, [](auto const& rule) { return rule.mode == NetworkMode::TlsServer; });
}

} // namespace farl::owner
