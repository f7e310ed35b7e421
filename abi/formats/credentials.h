// What an enclave has its TLS with, and asks its CAS for again before it is too old: the network rules with their
// certificates, and the keys of session tickets. It is part of the startup configuration, and an answer of its own
// later. docs/formats/startup-config.md, docs/formats/cas-protocol.md. Views point into the block; it has secrets in
// it.
#pragma once

#include "abi/formats/network_rule.h"

namespace farl::formats {

inline constexpr BlockKind kCredentials { 0x4445'5243'4c52'4146, 1, 4 << 20 }; // "FARLCRED"

enum class CredentialRecord : uint32_t {
    NetworkRule = 11,    // network_rule.h
    TicketKeys = 12,     // kTicketKeySize each, at most kMostTicketKeys; at most one record
    CredentialsDue = 13, // seconds, 4 bytes, not 0; at most one
};

inline constexpr size_t kTicketKeySize = 32;
inline constexpr size_t kMostTicketKeys = 4;

class Credentials {
public:
    // EINVAL for anything that the format does not allow, bytes after the block included. `block` must outlive them.
    static Result<Credentials> parse(Bytes block);
    // Of records whose payloads were checked, among which there may be others. EINVAL if one comes too often.
    static Result<Credentials> of(Records const& records);
    // EINVAL; also for a type that is none of these.
    static Result<> check(CredentialRecord type, Bytes payload);

    // Payloads for as_network_rule().
    auto network_rules() const
    {
        return PayloadsOf<as_it_is>(records_, static_cast<uint32_t>(CredentialRecord::NetworkRule));
    }
    Bytes ticket_keys() const { return ticket_keys_; }    // the first seals, each opens; empty: there are none
    uint32_t due_seconds() const { return due_seconds_; } // from when they were asked for; 0: they stay

private:
    static Bytes as_it_is(Bytes payload) { return payload; }

    Records records_;
    Bytes ticket_keys_;
    uint32_t due_seconds_ { 0 };
};

} // namespace farl::formats
