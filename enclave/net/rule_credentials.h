// RuleCredentials: the TLS context of a network rule, and a new one whenever there are newer certificates or ticket
// keys: from the CAS, or in files, where certificate and key are those. For any thread.
#pragma once

#include "abi/formats/network_rule.h"
#include "base/owned.h"
#include "enclave/crypto/secret_bytes.h"
#include "enclave/net/tls/tls_context.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file_status.h"

namespace farl {

class RuleCredentials {
public:
    // `rule` is one of TLS; its texts have to stay. `ticket_keys` as TlsSettings. Errors of TlsContext::create; files
    // are read when they are needed.
    static Result<Owned<RuleCredentials>> create(formats::NetworkRule const& rule, formats::Bytes ticket_keys);

    // The same rule with newer texts. Errors of TlsContext::create, and then nothing changes.
    Result<> replace(formats::Bytes payload, formats::Bytes ticket_keys);

    // What a new connection is to use. Errors of TlsContext::create, and of files; if a context is there, that stays
    // when its successor cannot be made.
    Result<Ref<TlsContext>> current();

    explicit RuleCredentials(formats::NetworkRule const& rule) : rule_(rule) { }

private:
    struct Version { // of a file
        uint64_t device, inode;
        int64_t size, seconds, nanoseconds;
        bool operator==(Version const&) const = default;
    };

    bool are_files() const { return rule_.header.flags & formats::kRuleFiles; }
    bool has_the_same(formats::NetworkRule const& rule, formats::Bytes ticket_keys) const;
    static TlsSettings settings(formats::NetworkRule const& rule, SecretBytes const& ticket_keys);
    Result<Version> version_of(std::string_view path) const;
    Result<> renew();

    Mutex lock_; // all below
    formats::NetworkRule rule_;
    SecretBytes payload_; // of which its texts are views, once it was replaced
    SecretBytes ticket_keys_;
    Ref<TlsContext> context_;
    Version certificate_version_ {}, key_version_ {};
    uint64_t looked_at_ns_ { 0 };
};

} // namespace farl
