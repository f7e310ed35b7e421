// RuleCredentials: the TLS context of a network rule, and, where certificate and key are files, a new one whenever
// those have changed. For any thread.
#pragma once

#include "abi/formats/network_rule.h"
#include "base/owned.h"
#include "base/vector.h"
#include "enclave/net/tls/tls_context.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file_status.h"

namespace farl {

class RuleCredentials {
public:
    // `rule` is one of TLS; its texts have to stay. Errors of TlsContext::create; files are read when they are needed.
    static Result<Owned<RuleCredentials>> create(formats::NetworkRule const& rule);

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
    TlsSettings settings() const;
    Result<Version> version_of(std::string_view path) const;
    Result<> renew();

    formats::NetworkRule rule_;
    Mutex lock_; // all below
    Ref<TlsContext> context_;
    Version certificate_version_ {}, key_version_ {};
    uint64_t looked_at_ns_ { 0 };
};

} // namespace farl
