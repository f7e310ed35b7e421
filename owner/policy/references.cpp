#include "owner/policy/references.h"

#include "abi/formats/volume_access.h"
#include "owner/policy/rule_host.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <tuple>

namespace farl::owner {

namespace {

using Path = std::vector<std::string>;

// Where the deepest part of `path` stands that is there; a part of digits counts the items of a list.
Position position_at(YamlNode const& root, Path const& path)
{
    auto const* node = &root;
    for (auto const& part : path) {
        auto child = std::ranges::find(node->children, part, &YamlNode::key);
        if (node->kind == YamlNode::Kind::Sequence) {
            size_t index = 0;
            std::from_chars(part.data(), part.data() + part.size(), index);
            child = node->children.begin() + static_cast<std::ptrdiff_t>(std::min(index, node->children.size()));
        }
        if (child == node->children.end())
            break;
        node = &*child;
    }
    return node->position;
}

Path operator/(Path path, std::string part)
{
    path.push_back(std::move(part));
    return path;
}

template <typename T>
bool is(SecretRule const& rule)
{
    return std::holds_alternative<T>(rule.source);
}

// Whether its bytes could be no part of an argument or a variable.
bool may_hold_nul(SecretRule const& rule)
{
    if (auto const* generated = std::get_if<GeneratedSecret>(&rule.source))
        return generated->encoding == Encoding::Raw;
    auto const* given = std::get_if<GivenSecret>(&rule.source);
    return given && given->value.reveal().find('\0') != std::string_view::npos;
}

class ReferenceCheck {
public:
    ReferenceCheck(YamlNode const& root, Session const& session) : root_(root), session_(session) { }

    void run() const
    {
        for (auto const& [name, rule] : session_.secrets) {
            if (auto const* certificate = std::get_if<CertificateSecret>(&rule.source))
                check_authority({ "secrets", name, "authority" }, certificate->authority);
        }
        for (auto const& [name, service] : session_.services)
            check_service({ "services", name }, service);
    }

private:
    [[noreturn]] void refuse(Path const& path, std::string const& message) const
    {
        throw PolicyError(position_at(root_, path), message);
    }

    SecretRule const& secret(Path const& path, std::string const& name) const
    {
        auto found = session_.secrets.find(name);
        if (found == session_.secrets.end())
            refuse(path, "there is no secret of this name; add it to `secrets`");
        return found->second;
    }

    void check_authority(Path const& path, std::string const& name) const
    {
        auto const& rule = secret(path, name);
        if (!is<AuthoritySecret>(rule) && !is<ImportedSecret>(rule))
            refuse(path, "this secret is no certificate authority (kind: authority)");
    }

    void check_certificate(Path const& path, std::string const& name) const
    {
        auto const& rule = secret(path, name);
        if (!is<CertificateSecret>(rule) && !is<ImportedSecret>(rule))
            refuse(path, "this secret is no certificate (kind: certificate)");
    }

    void check_value(Path const& path, Value const& value, bool is_string) const
    {
        auto const* reference = std::get_if<SecretReference>(&value);
        if (!reference)
            return;
        auto const& rule = secret(path / "secret", reference->secret);
        check_part(path, rule, reference->part);
        if (is_string && may_hold_nul(rule))
            refuse(path / "secret", "this secret may have NUL characters, which only a file can hold");
    }

    void check_part(Path const& path, SecretRule const& rule, SecretPart part) const
    {
        if (is<ImportedSecret>(rule))
            return; // the session that exports it decides what it is
        if (is<AuthoritySecret>(rule) && part != SecretPart::Certificate)
            refuse(path, "of an authority a service gets `part: certificate` only: its key stays at the CAS");
        if (is<CertificateSecret>(rule) && part == SecretPart::Whole)
            refuse(path, "which part of the certificate? Add `part: certificate`, `part: key` or `part: chain`");
        if ((is<GivenSecret>(rule) || is<GeneratedSecret>(rule)) && part != SecretPart::Whole)
            refuse(path / "part", "this secret is no certificate and has no parts; leave `part` out");
    }

    void check_service(Path const& path, Service const& service) const
    {
        for (size_t i = 0; i < service.argv.size(); ++i)
            check_value(path / "argv" / std::to_string(i), service.argv[i], true);
        for (auto const& [name, value] : service.environment)
            check_value(path / "environment" / name, value, true);
        for (auto const& [name, file] : service.files)
            check_value(path / "files" / name / "content", file.content, false);
        if (service.image)
            check_value(path / "image" / "key", service.image->key, true);
        check_volumes(path / "volumes", service.volumes);
        check_rules(path / "network" / "listen", service.listen);
        check_rules(path / "network" / "connect", service.connect);
    }

    void check_volumes(Path const& path, ByName<Volume> const& volumes) const
    {
        if (volumes.size() > formats::kMostVolumes)
            refuse(path, fmt::format("a service can have {} volumes", formats::kMostVolumes));
        for (auto const& [name, volume] : volumes) {
            if (volume.path == "/")
                refuse(path / name / "path", "a volume cannot be the root directory");
            for (auto other = volumes.begin(); other->first != name; ++other)
                if (formats::are_nested(other->second.path, volume.path))
                    refuse(path / name / "path", "another volume has this path already, or one that leads through it");
        }
    }

    void check_rules(Path const& path, std::vector<NetworkRule> const& rules) const
    {
        std::set<std::tuple<std::optional<NetworkAddress>, std::string, uint16_t>> places;
        for (size_t i = 0; i < rules.size(); ++i) {
            auto const& rule = rules[i];
            auto here = path / std::to_string(i);
            if (!places.emplace(rule.address, host_of(rule), rule.port).second)
                refuse(here, "there is a rule for this place already");
            if (rule.certificate)
                check_certificate(here / "certificate", *rule.certificate);
            if (rule.authority)
                check_believed(here / "authority", *rule.authority);
        }
    }

    // Whom one side of TLS believes may also be given, as certificates in PEM.
    void check_believed(Path const& path, std::string const& name) const
    {
        if (!is<GivenSecret>(secret(path, name)))
            check_authority(path, name);
    }

    YamlNode const& root_;
    Session const& session_;
};

} // namespace

void check_references(YamlNode const& root, Session const& session) { ReferenceCheck(root, session).run(); }

} // namespace farl::owner
