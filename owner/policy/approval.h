// Approval: one signer's consent to one session, as it is hashed: with its predecessor, so that it cannot be used
// again.
#pragma once

#include "owner/keys/ed25519_key.h"
#include "owner/policy/session.h"

namespace farl::owner {

struct Approval {
    Ed25519Point key;
    Ed25519Signature signature;
};

Approval approve(Ed25519Key const& key, Hash const& session);

// What is approved when a session is to be removed: no hash of a session.
Hash removal_hash(std::string_view name, Hash const& session);

// The names of those who may approve and have: each once; unknown signers and wrong signatures do not count.
std::vector<std::string> approvers_of(
    Approvals const& rule, std::vector<Approval> const& approvals, Hash const& session);

} // namespace farl::owner
