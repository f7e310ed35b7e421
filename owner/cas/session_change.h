// Who may change a session of a store, and what it has to name: the rules of creating, replacing and removing.
#pragma once

#include "owner/cas/session_record.h"
#include "owner/cas/store_refusal.h"
#include "owner/policy/approval.h"

namespace farl::owner {

// A session as the store has it now.
struct CurrentSession {
    SessionRecord record;
    Session session;
    Hash hash;
};
CurrentSession parsed(SessionRecord record);

// In the place of a session that was removed: random. One that is created in its place names it as its predecessor, so
// no approval from before counts again.
using RemovalMark = Hash;

// Throws StoreRefusal unless the session names what there is. `removed`: of a session of its name, if there was one.
void check_predecessor(
    Session const& session, CurrentSession const* current, std::optional<RemovalMark> const& removed);

// Throws StoreRefusal unless enough have approved `hash`, by the rule of what there is, or its own if that is nothing;
// or if the rule asks nobody, unless the caller owns it. Returns who has approved.
std::vector<std::string> check_right(Session const& rule, CurrentSession const* current, Hash const& hash,
    Ed25519Point const& caller, std::vector<Approval> const& approvals);

} // namespace farl::owner
