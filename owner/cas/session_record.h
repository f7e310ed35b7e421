// SessionRecord: what the store keeps of a session, in one piece, so that no part of an old one can be mixed into it.
#pragma once

#include "owner/cas/material.h"

namespace farl::owner {

struct SessionRecord {
    uint64_t version { 1 }; // counts the updates
    Ed25519Point owner {};  // the key that the creator connected with
    Secret text;            // the session file, with its given secrets
    ByName<Material> materials;
};

Secret encode(SessionRecord const& record);
// None if `bytes` are no record; they are authentic, so that is a bug or another version's.
std::optional<SessionRecord> decode_session_record(std::string_view bytes);

} // namespace farl::owner
