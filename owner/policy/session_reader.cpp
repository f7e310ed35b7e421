#include "owner/policy/session_reader.h"

#include "owner/policy/fields.h"
#include "owner/policy/references.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr uint32_t kMostApprovals = 64;

Approvals approvals_from(YamlNode const& node)
{
    Fields fields(node, "approvals");
    auto const& needed = fields.required("needed");
    Approvals approvals { .needed = static_cast<uint32_t>(number_of(needed, 1, kMostApprovals)) };
    for (auto const& member : members_of(fields.required("keys"), "names of signers to their keys")) {
        auto key = array_of<32>(member, "an Ed25519 public key");
        for (auto const& [name, other] : approvals.keys) {
            if (key == other)
                throw PolicyError(member.position, fmt::format("the same key as {}'s; it would count twice", name));
        }
        approvals.keys.emplace(key_as_name(member), key);
    }
    fields.finish();
    if (approvals.needed > approvals.keys.size())
        throw PolicyError(needed.position,
            fmt::format("more approvals than the {} keys can give; nobody could ever update", approvals.keys.size()));
    return approvals;
}

} // namespace

Session parse_session(std::string_view text)
{
    auto root = parse_yaml(text);
    Fields fields(root, "a session");
    if (auto const& version = fields.required("farl"); number_of(version, 0, UINT32_MAX) != 1)
        throw PolicyError(version.position, "this version of Farl knows version 1 of session files only");
    Session session { .name = name_of(fields.required("name")) };
    if (auto const* predecessor = fields.optional("predecessor"))
        session.predecessor = array_of<32>(*predecessor, "the hash of the session to replace");
    if (auto const* approvals = fields.optional("approvals"))
        session.approvals = approvals_from(*approvals);
    if (auto const* secrets = fields.optional("secrets")) {
        for (auto const& member : members_of(*secrets, "names to secrets"))
            session.secrets.emplace(key_as_name(member), secret_rule_from(member));
    }
    if (auto const* services = fields.optional("services")) {
        for (auto const& member : members_of(*services, "names to services"))
            session.services.emplace(key_as_name(member), service_from(member));
    }
    fields.finish();
    check_references(root, session);
    return session;
}

} // namespace farl::owner
