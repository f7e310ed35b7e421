#include "owner/policy/session_json.h"

#include "owner/digest/digest.h"
#include "owner/policy/words.h"

#include <bit>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

namespace farl::owner {

namespace {

using Json = nlohmann::json;

template <typename Range>
Json hex_list(Range const& range)
{
    auto list = Json::array();
    for (auto const& item : range)
        list.push_back(to_hex(item));
    return list;
}

template <typename T>
Json by_name(ByName<T> const& map, Json (*as_json)(T const&))
{
    auto json = Json::object();
    for (auto const& [name, item] : map)
        json[name] = as_json(item);
    return json;
}

// ---- secrets

// Whole days as they have always been, so that older sessions keep their hashes.
void add_lifetime(Json& json, std::chrono::seconds lifetime)
{
    auto const days = std::chrono::floor<std::chrono::days>(lifetime);
    if (days == lifetime)
        json["valid_days"] = days.count();
    else
        json["lifetime"] = fmt::format("{}s", lifetime.count());
}

struct SecretSource {
    Json operator()(GivenSecret const&) const
    {
        return { { "kind", "given" } };
    } // the value comes in canonical_session()
    Json operator()(GeneratedSecret const& secret) const
    {
        return { { "kind", "generated" }, { "size", secret.size },
            { "encoding", word_for(secret.encoding, kEncodings) } };
    }
    Json operator()(AuthoritySecret const& secret) const
    {
        Json json { { "kind", "authority" }, { "common_name", secret.common_name } };
        add_lifetime(json, secret.lifetime);
        return json;
    }
    Json operator()(CertificateSecret const& secret) const
    {
        Json json { { "kind", "certificate" }, { "authority", secret.authority }, { "common_name", secret.common_name },
            { "use", word_for(secret.use, kCertificateUses) } };
        add_lifetime(json, secret.lifetime);
        if (!secret.hosts.empty())
            json["hosts"] = secret.hosts;
        return json;
    }
    Json operator()(ImportedSecret const& secret) const
    {
        return { { "kind", "imported" }, { "session", secret.session }, { "secret", secret.secret } };
    }
};

Json secret_as_json(SecretRule const& rule)
{
    auto json = std::visit(SecretSource {}, rule.source);
    for (auto const& item : rule.exports) {
        Json exported { { "session", item.session } };
        if (item.owner)
            exported["owner"] = to_hex(*item.owner);
        json["export"].push_back(exported);
    }
    return json;
}

// ---- services

Json value_as_json(Value const& value)
{
    if (auto const* text = std::get_if<std::string>(&value))
        return *text;
    auto const& reference = std::get<SecretReference>(value);
    Json json { { "secret", reference.secret } };
    if (reference.part != SecretPart::Whole)
        json["part"] = word_for(reference.part, kSecretParts);
    return json;
}

Json file_as_json(InjectedFile const& file)
{
    return { { "content", value_as_json(file.content) }, { "mode", fmt::format("{:04o}", file.mode) } };
}

Json volume_as_json(Volume const& volume)
{
    return { { "path", volume.path }, { "rollback", word_for(volume.rollback, kRollbacks) } };
}

// What came later is there only if it is not the default, so that older sessions keep their hashes.
void add_tls(Json& json, NetworkRule const& rule)
{
    if (rule.certificate)
        json["certificate"] = *rule.certificate;
    if (rule.files)
        json["certificate"] = { { "file", rule.files->certificate }, { "key", rule.files->key } };
    if (rule.authority)
        json["authority"] = *rule.authority;
    if (!rule.names.empty())
        json["names"] = rule.names;
    if (!rule.protocol.empty())
        json["protocol"] = rule.protocol;
    if (rule.allows_tls12)
        json["tls12"] = true;
}

Json rules_as_json(std::vector<NetworkRule> const& rules)
{
    auto list = Json::array();
    for (auto const& rule : rules) {
        Json json { { "mode", word_for(rule.mode, kNetworkModes) } };
        json["port"] = rule.port ? Json(rule.port) : Json("any");
        if (!rule.host.empty())
            json["host"] = rule.host;
        if (rule.address && rule.address != NetworkAddress::parse(rule.host))
            json["address"] = rule.address->text();
        add_tls(json, rule);
        list.push_back(json);
    }
    return list;
}

Json attestation_as_json(AttestationRule const& rule)
{
    Json json { { "insecure_debug", rule.allows_debug } };
    for (auto status : rule.tcb)
        json["tcb"].push_back(name_of(status));
    if (!rule.mrenclaves.empty())
        json["mrenclave"] = hex_list(rule.mrenclaves);
    if (!rule.platforms.empty())
        json["platforms"] = hex_list(rule.platforms);
    if (rule.signer)
        json["signer"] = { { "mrsigner", to_hex(rule.signer->mrsigner) }, { "product", rule.signer->product },
            { "minimum_svn", rule.signer->minimum_svn } };
    if (rule.emulated.any)
        json["emulated"] = "any";
    else if (!rule.emulated.roots.empty())
        json["emulated"] = hex_list(rule.emulated.roots);
    return json;
}

Json service_as_json(Service const& service)
{
    Json json { { "working_directory", service.working_directory },
        { "console", word_for(service.console, kConsoleModes) },
        { "environment", by_name(service.environment, value_as_json) },
        { "files", by_name(service.files, file_as_json) }, { "volumes", by_name(service.volumes, volume_as_json) },
        { "attestation", attestation_as_json(service.attestation) } };
    if (service.image)
        json["image"] = { { "key", value_as_json(service.image->key) }, { "tag", to_hex(service.image->tag) } };
    if (service.user)
        json["user"] = { { "uid", service.user->uid }, { "gid", service.user->gid },
            { "groups", service.user->groups } };
    if (service.starts)
        json["starts"] = *service.starts;
    for (auto const& value : service.argv)
        json["argv"].push_back(value_as_json(value));
    json["network"] = Json::object();
    if (!service.listen.empty())
        json["network"]["listen"] = rules_as_json(service.listen);
    if (!service.connect.empty())
        json["network"]["connect"] = rules_as_json(service.connect);
    if (service.udp)
        json["network"]["udp"] = word_for(*service.udp, kOtherSockets);
    if (service.unix_sockets)
        json["network"]["unix"] = word_for(*service.unix_sockets, kOtherSockets);
    return json;
}

// ---- session

Hash hash_of(std::string_view text) { return std::bit_cast<Hash>(sha256(std::as_bytes(std::span(text)))); }

void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

} // namespace

Json outline_of(Session const& session)
{
    Json json { { "farl", 1 }, { "name", session.name }, { "secrets", by_name(session.secrets, secret_as_json) },
        { "services", by_name(session.services, service_as_json) } };
    if (session.predecessor)
        json["predecessor"] = to_hex(*session.predecessor);
    if (session.approvals.needed)
        json["approvals"] = { { "needed", session.approvals.needed },
            { "keys", by_name<Ed25519Point>(session.approvals.keys, [](Ed25519Point const& key) {
                 return Json(to_hex(key));
             }) } };
    return json;
}

Secret canonical_session(Session const& session)
{
    auto json = outline_of(session);
    for (auto const& [name, rule] : session.secrets) {
        if (auto const* given = std::get_if<GivenSecret>(&rule.source))
            json["secrets"][name]["value"] = given->value.reveal();
    }
    auto text = json.dump();
    Secret canonical(text);
    wipe(text);
    for (auto const& [name, rule] : session.secrets) {
        if (std::holds_alternative<GivenSecret>(rule.source))
            wipe(json["secrets"][name]["value"].get_ref<std::string&>());
    }
    return canonical;
}

Hash session_hash(Session const& session) { return hash_of(canonical_session(session).reveal()); }

Hash outline_hash(Session const& session) { return hash_of(outline_of(session).dump()); }

Hash rule_hash(SecretRule const& rule) { return hash_of(std::visit(SecretSource {}, rule.source).dump()); }

} // namespace farl::owner
