#include "owner/cas/session_materials.h"

#include "owner/cas/certificate_builder.h"
#include "owner/cas/store_refusal.h"
#include "owner/digest/digest.h"
#include "owner/policy/session_json.h"

#include <bit>
#include <fmt/format.h>

namespace farl::owner {

namespace {

// No secret of a session can be called so.
std::string console_name(std::string_view service) { return fmt::format("console of {}", service); }

class MaterialMaker {
public:
    MaterialMaker(Session const& session, ByName<Material> old, Importer const& imported, time_t now)
        : session_(session),
          old_(std::move(old)),
          imported_(imported),
          now_(now)
    {
    }

    ByName<Material> make()
    {
        for (auto const& [name, rule] : session_.secrets) {
            if (auto const* imported = std::get_if<ImportedSecret>(&rule.source))
                imports_.emplace(name, imported_(*imported));
            if (auto const* generated = std::get_if<GeneratedSecret>(&rule.source))
                keep_or_make(name, rule_hash(rule), [&] { return make_generated(*generated); });
            if (auto const* authority = std::get_if<AuthoritySecret>(&rule.source))
                keep_or_make(name, rule_hash(rule), [&] { return make_authority(*authority, now_); });
        }
        // Now that the authorities are there.
        for (auto const& [name, rule] : session_.secrets) {
            if (auto const* certificate = std::get_if<CertificateSecret>(&rule.source)) {
                auto const& authority = authority_of(*certificate);
                keep_or_make(name, certificate_rule(rule, authority),
                    [&] { return make_certificate(*certificate, authority, now_); });
            }
        }
        for (auto const& [name, service] : session_.services)
            if (service.console == ConsoleMode::Shielded)
                keep_or_make(console_name(name), {}, [] { return make_generated({ .encoding = Encoding::Raw }); });
        return std::move(made_);
    }

private:
    template <typename Make>
    void keep_or_make(std::string const& name, Hash const& rule, Make const& make)
    {
        auto kept = old_.find(name);
        if (kept != old_.end() && kept->second.rule == rule) {
            made_.emplace(name, std::move(kept->second));
            return;
        }
        auto material = make();
        material.rule = rule;
        made_.emplace(name, std::move(material));
    }

    // Checked by the reader of sessions for authorities of its own.
    Material const& authority_of(CertificateSecret const& certificate) const
    {
        auto own = made_.find(certificate.authority);
        auto const& authority = own != made_.end() ? own->second : imports_.at(certificate.authority);
        if (authority.kind != Material::Kind::Authority)
            throw StoreRefusal(StoreRefusal::Reason::NoSuchSecret,
                fmt::format("secret {} is imported and no certificate authority", certificate.authority));
        return authority;
    }

    // A certificate of another authority is another one; an authority is its key.
    static Hash certificate_rule(SecretRule const& rule, Material const& authority)
    {
        auto text = to_hex(rule_hash(rule)) + to_hex(key_hash_of(authority.certificate));
        return std::bit_cast<Hash>(sha256(std::as_bytes(std::span(text))));
    }

    Session const& session_;
    ByName<Material> old_;
    ByName<Material> made_;
    ByName<Material> imports_;
    Importer const& imported_;
    time_t now_;
};

} // namespace

ByName<Material> make_materials(Session const& session, ByName<Material> old, Importer const& imported, time_t now)
{
    return MaterialMaker(session, std::move(old), imported, now).make();
}

std::vector<std::string> renew_materials(
    Session const& session, ByName<Material>& materials, Importer const& imported, time_t now)
{
    std::vector<std::string> renewed;
    auto replace = [&](std::string const& name, Material& old, Material made) {
        made.rule = old.rule;
        old = std::move(made);
        renewed.push_back(name);
    };
    for (auto const& [name, rule] : session.secrets) {
        auto const* authority = std::get_if<AuthoritySecret>(&rule.source);
        if (auto* old = authority ? &materials.find(name)->second : nullptr;
            old && now >= renewal_time(old->certificate))
            replace(name, *old, make_authority(*authority, now, old));
    }
    for (auto const& [name, rule] : session.secrets) {
        auto const* certificate = std::get_if<CertificateSecret>(&rule.source);
        if (!certificate)
            continue;
        auto const& source = session.secrets.find(certificate->authority)->second.source;
        auto const* from = std::get_if<ImportedSecret>(&source);
        auto authority = from ? imported(*from) : materials.find(certificate->authority)->second;
        auto& old = materials.find(name)->second;
        bool has_new_authority = old.chain != old.certificate + authority.certificate;
        if (has_new_authority || now >= renewal_time(old.certificate))
            replace(name, old, make_certificate(*certificate, authority, now, &old));
    }
    return renewed;
}

Secret const& console_key(ByName<Material> const& made, std::string_view service)
{
    return made.find(console_name(service))->second.secret;
}

Material own_material(ByName<Material> const& made, Session const& session, std::string_view name)
{
    auto const& rule = session.secrets.find(name)->second;
    if (auto const* given = std::get_if<GivenSecret>(&rule.source))
        return { .secret = given->value };
    return made.find(name)->second;
}

} // namespace farl::owner
