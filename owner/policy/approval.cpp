#include "owner/policy/approval.h"

#include "owner/digest/digest.h"

#include <algorithm>
#include <bit>

namespace farl::owner {

namespace {

// Says what it is for: a signature by the same key for something else is none here.
std::string message_for(Hash const& session) { return "farl session approval 1\n" + to_hex(session); }

} // namespace

Approval approve(Ed25519Key const& key, Hash const& session)
{
    return { .key = key.point(), .signature = key.sign(message_for(session)) };
}

Hash removal_hash(std::string_view name, Hash const& session)
{
    auto text = "farl session removal 1\n" + to_hex(session) + "\n" + std::string(name);
    return std::bit_cast<Hash>(sha256(std::as_bytes(std::span(text))));
}

std::vector<std::string> approvers_of(
    Approvals const& rule, std::vector<Approval> const& approvals, Hash const& session)
{
    auto message = message_for(session);
    auto has_approved = [&](Ed25519Point const& key) {
        return std::ranges::any_of(approvals, [&](Approval const& approval) {
            return approval.key == key && is_signed_by(key, message, approval.signature);
        });
    };
    std::vector<std::string> names;
    for (auto const& [name, key] : rule.keys) {
        if (has_approved(key))
            names.push_back(name);
    }
    return names;
}

} // namespace farl::owner
