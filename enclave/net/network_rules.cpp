#include "enclave/net/network_rules.h"

namespace farl {

namespace {

constinit NetworkRules* installed_rules = nullptr;

bool has_prefix(std::array<uint8_t, 16> const& address, std::array<uint8_t, 16> const& prefix, unsigned bits)
{
    auto whole = bits / 8;
    if (memcmp(address.data(), prefix.data(), whole) != 0)
        return false;
    auto rest = bits % 8;
    return !rest || (address[whole] >> (8 - rest)) == (prefix[whole] >> (8 - rest));
}

std::string_view explain(Errno error)
{
    switch (error) {
    case Errno::Ekeyrejected:
        return "the certificate or the key of a network rule is not readable, or they do not belong together";
    case Errno::Enokey:
        return "the authority of a network rule is no certificate";
    case Errno::Enomem:
        return "no memory for the network rules";
    default:
        return "a network rule cannot be set up";
    }
}

} // namespace

Result<NetworkRule> NetworkRule::create(formats::Bytes payload, formats::Bytes ticket_keys)
{
    NetworkRule made(TRY(SecretBytes::copy_of(payload)));
    if (made.is_tls())
        made.credentials_ = TRY(RuleCredentials::create(made.rule_, ticket_keys));
    return made;
}

bool NetworkRule::is_like(formats::NetworkRule const& other) const
{
    auto const place_of = [](formats::NetworkRuleHeader header) {
        header.host_size = header.names_size = header.protocol_size = header.certificate_size = header.key_size = 0;
        return header;
    };
    auto const own = place_of(rule_.header), others = place_of(other.header);
    return memcmp(&own, &others, sizeof(own)) == 0 && rule_.host == other.host && rule_.names == other.names
        && rule_.protocol == other.protocol;
}

bool NetworkRule::covers(
    formats::NetworkDirection direction, InternetAddress const& address, std::string_view host) const
{
    auto const& header = rule_.header;
    if (header.direction != direction || (header.port && header.port != address.port))
        return false;
    if (!rule_.host.empty())
        return rule_.host == host;
    if (header.family == formats::NetworkFamily::Any)
        return true;
    return header.family == address.family && has_prefix(address.bytes, header.address, header.prefix_bits);
}

unsigned NetworkRule::narrowness() const
{
    constexpr unsigned kOfName = 130;
    auto const& header = rule_.header;
    unsigned of_prefix = header.family == formats::NetworkFamily::Any ? 0 : header.prefix_bits + 1u;
    unsigned of_address = rule_.host.empty() ? of_prefix : kOfName;
    return 2 * of_address + (header.port != 0);
}

Result<> NetworkRules::install(formats::StartupConfig const& config, std::string_view& why)
{
    ASSERT(!installed_rules);
    auto rules = TRY(make_owned<NetworkRules>());
    rules->defaults_ = config.network();
    for (auto payload : config.credentials().network_rules()) {
        auto made = NetworkRule::create(payload, config.credentials().ticket_keys());
        if (made.is_error()) {
            why = explain(made.error());
            return made.error();
        }
        TRY(rules->rules_.push(made.release_value()));
    }
    for (auto const& rule : rules->rules_)
        if (!rule.host().empty())
            TRY(rules->stand_ins_.add(rule.host()));
    installed_rules = rules.release();
    return {};
}

NetworkRules const* NetworkRules::installed() { return installed_rules; }

Result<> NetworkRules::renew(formats::Credentials const& newer) const
{
    Result<> outcome;
    for (auto payload : newer.network_rules())
        for (auto const& rule : rules_) {
            if (!rule.is_tls() || !rule.is_like(formats::as_network_rule(payload)))
                continue;
            auto replaced = rule.credentials().replace(payload, newer.ticket_keys());
            if (outcome.is_ok())
                outcome = replaced;
        }
    return outcome;
}

NetworkRule const* NetworkRules::find(formats::NetworkDirection direction, InternetAddress const& address) const
{
    NetworkRule const* found = nullptr;
    auto const host = stand_ins_.host_at(address);
    for (auto const& rule : rules_)
        if (rule.covers(direction, address, host) && (!found || rule.narrowness() > found->narrowness()))
            found = &rule;
    return found && found->mode() != formats::NetworkRuleMode::Refuse ? found : nullptr;
}

} // namespace farl
