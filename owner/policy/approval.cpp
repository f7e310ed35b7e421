#include "owner/policy/approval.h"

#include "owner/digest/digest.h"

#include <algorithm>

namespace farl::owner {

namespace {

// Says what it is for: a signature by the same key for something else is none here.
std::string message_for(Hash const& session) { return "farl session approval 1\n" + to_hex(session); }

} // namespace

Approval approve(Ed25519Key const& key, Hash const& session)
{
    return { .key = key.point(), .signature = key.sign(message_for(session)) };
}

size_t count_approvals(Approvals const& rule, std::vector<Approval> const& approvals, Hash const& session)
{
    auto message = message_for(session);
    auto has_approved = [&](Ed25519Point const& key) {
        return std::ranges::any_of(approvals, [&](Approval const& approval) {
            return approval.key == key && is_signed_by(key, message, approval.signature);
        });
    };
    return static_cast<size_t>(
        std::ranges::count_if(rule.keys, [&](auto const& entry) { return has_approved(entry.second); }));
}

} // namespace farl::owner
