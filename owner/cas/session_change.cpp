#include "owner/cas/session_change.h"

#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"

#include <fmt/format.h>

namespace farl::owner {

using Reason = StoreRefusal::Reason;

CurrentSession parsed(SessionRecord record)
{
    auto session = parse_session(record.text.reveal());
    auto hash = session_hash(session);
    return { std::move(record), std::move(session), hash };
}

namespace {

void check_new(Session const& session, std::optional<RemovalMark> const& removed)
{
    if (removed && session.predecessor != removed)
        throw StoreRefusal(Reason::WrongPredecessor,
            fmt::format("session {} was removed; what takes its place names {} as `predecessor`", session.name,
                to_hex(*removed)));
    if (!removed && session.predecessor)
        throw StoreRefusal(Reason::NoSuchSession,
            fmt::format("there is no session {} to replace; leave `predecessor` out to create it", session.name));
}

} // namespace

void check_predecessor(Session const& session, CurrentSession const* current, std::optional<RemovalMark> const& removed)
{
    if (!current)
        return check_new(session, removed);
    if (!session.predecessor)
        throw StoreRefusal(Reason::Exists,
            fmt::format(
                "session {} exists; an update names the hash of what it replaces as `predecessor`", session.name));
    if (*session.predecessor != current->hash)
        throw StoreRefusal(Reason::WrongPredecessor,
            fmt::format(
                "session {} was changed: it is at version {}, which is not the `predecessor` that this update names; "
                "look at it, and repeat the change on top of it",
                session.name, current->record.version));
}

std::vector<std::string> check_right(Session const& rule, CurrentSession const* current, Hash const& hash,
    Ed25519Point const& caller, std::vector<Approval> const& approvals)
{
    auto approvers = approvers_of(rule.approvals, approvals, hash);
    if (approvers.size() < rule.approvals.needed)
        throw StoreRefusal(Reason::NotApproved,
            fmt::format("{} of {} needed approvals for hash {}; `farl policy approve` makes one", approvers.size(),
                rule.approvals.needed, to_hex(hash)));
    if (current && !rule.approvals.needed && current->record.owner != caller)
        throw StoreRefusal(Reason::NotOwner, fmt::format("session {} belongs to another owner", rule.name));
    return approvers;
}

} // namespace farl::owner
