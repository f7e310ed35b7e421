// NetworkRules: what the policy says about connections. Installed once, before there is a program; without any, all of
// the network is the host's, in the clear. With them, what has no rule is refused.
#pragma once

#include "abi/formats/startup_config.h"
#include "base/vector.h"
#include "enclave/crypto/secret_bytes.h"
#include "enclave/net/internet_address.h"
#include "enclave/net/rule_credentials.h"
#include "enclave/net/stand_ins.h"

namespace farl {

class NetworkRule {
public:
    // Of a payload that was checked. As RuleCredentials::create.
    static Result<NetworkRule> create(formats::Bytes payload, formats::Bytes ticket_keys);

    formats::NetworkRuleMode mode() const { return rule_.header.mode; }
    bool is_tls() const { return mode() == formats::NetworkRuleMode::Tls; }
    RuleCredentials& credentials() const { return *credentials_; } // of TLS
    std::string_view host() const { return rule_.host; }           // empty: it goes by addresses
    // `host`: whose stand-in the address is, if anybody's.
    bool covers(formats::NetworkDirection direction, InternetAddress const& address, std::string_view host) const;
    // Whether both say the same of who may talk to whom, whatever their certificates are.
    bool is_like(formats::NetworkRule const& other) const;
    // Of two rules that cover an address the narrower one counts. A name is narrower than any prefix.
    unsigned narrowness() const;

private:
    explicit NetworkRule(SecretBytes payload)
        : payload_(std::move(payload)),
          rule_(formats::as_network_rule(payload_.bytes()))
    {
    }

    SecretBytes payload_; // of which the rest are views
    formats::NetworkRule rule_;
    Owned<RuleCredentials> credentials_;
};

class NetworkRules {
public:
    // If that fails, `why` says what is wrong, without secrets.
    static Result<> install(formats::StartupConfig const& config, std::string_view& why);
    // Null: there are none.
    static NetworkRules const* installed();
    // Newer certificates and ticket keys, for connections from now on. Rules that are not among these keep theirs, and
    // rules that are not installed do not become so: what may connect is decided at the start. The first error of
    // RuleCredentials::replace.
    Result<> renew(formats::Credentials const& newer) const;

    // What host names are inside.
    StandIns const& stand_ins() const { return stand_ins_; }
    // Null: refused.
    NetworkRule const* find(formats::NetworkDirection direction, InternetAddress const& address) const;
    bool allows_udp() const { return defaults_.flags & formats::kNetworkPlainUdp; }
    bool allows_unix() const { return defaults_.flags & formats::kNetworkPlainUnix; }

private:
    formats::NetworkDefaults defaults_ {};
    Vector<NetworkRule> rules_;
    StandIns stand_ins_;
};

} // namespace farl
