// The canonical form of a session: JSON, all defaults written out, members sorted, no space. Its hash is what an update
// names as its predecessor, and what signers approve.
#pragma once

#include "owner/policy/session.h"

#include <nlohmann/json_fwd.hpp>

namespace farl::owner {

// With the values of given secrets.
Secret canonical_session(Session const& session);
// Without them, for people and logs.
nlohmann::json outline_of(Session const& session);

// SHA-256 of the canonical form. Who knows all of a session but a weak secret can guess that from it: for the session's
// owner and signers only.
Hash session_hash(Session const& session);
// SHA-256 of the outline: for everybody.
Hash outline_hash(Session const& session);
// Of what decides what a secret is, which does not change with who may import it.
Hash rule_hash(SecretRule const& rule);

} // namespace farl::owner
