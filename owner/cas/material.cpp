#include "owner/cas/material.h"

#include "owner/cas/certificate_builder.h"
#include "owner/digest/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace farl::owner {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

Secret as_hex(Secret const& bytes)
{
    Secret text { 2 * bytes.size() };
    auto out = text.writable();
    for (size_t i = 0; auto byte : bytes.readable()) {
        out[i++] = static_cast<unsigned char>(kHexDigits[byte >> 4]);
        out[i++] = static_cast<unsigned char>(kHexDigits[byte & 15]);
    }
    return text;
}

Secret as_base64(Secret const& bytes)
{
    auto size = (bytes.size() + 2) / 3 * 4;
    Secret text { size + 1 }; // EVP_EncodeBlock ends with NUL
    EVP_EncodeBlock(text.writable().data(), bytes.readable().data(), static_cast<int>(bytes.size()));
    return Secret(text.reveal().substr(0, size));
}

} // namespace

std::optional<Secret> Material::part(SecretPart part) const
{
    switch (part) {
    case SecretPart::Whole:
        return kind == Kind::Text ? std::optional(secret) : std::nullopt;
    case SecretPart::Key:
        return kind == Kind::Certificate ? std::optional(secret) : std::nullopt;
    case SecretPart::Certificate:
        return kind != Kind::Text ? std::optional(Secret(certificate)) : std::nullopt;
    case SecretPart::Chain:
        return kind == Kind::Certificate ? std::optional(Secret(chain)) : std::nullopt;
    }
    return {};
}

Material make_generated(GeneratedSecret const& rule)
{
    Secret bytes { size_t { rule.size } };
    require(RAND_priv_bytes(bytes.writable().data(), static_cast<int>(bytes.size())) == 1, "make random bytes");
    if (rule.encoding == Encoding::Raw)
        return { .secret = std::move(bytes) };
    return { .secret = rule.encoding == Encoding::Hex ? as_hex(bytes) : as_base64(bytes) };
}

Material make_authority(AuthoritySecret const& rule, time_t now, Material const* predecessor)
{
    CertificateBuilder builder(rule.common_name, now, rule.lifetime, predecessor ? &predecessor->secret : nullptr);
    builder.add_extension(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    builder.add_extension(NID_key_usage, "critical,keyCertSign,cRLSign");
    auto certificate = builder.self_signed();
    return { .kind = Material::Kind::Authority, .secret = builder.key(), .certificate = certificate };
}

Material make_certificate(
    CertificateSecret const& rule, Material const& authority, time_t now, Material const* predecessor)
{
    CertificateBuilder builder(rule.common_name, now, rule.lifetime, predecessor ? &predecessor->secret : nullptr);
    builder.add_extension(NID_basic_constraints, "critical,CA:FALSE");
    builder.add_extension(NID_key_usage, "critical,digitalSignature");
    builder.add_extension(NID_ext_key_usage,
        rule.use == CertificateUse::Server       ? "serverAuth"
            : rule.use == CertificateUse::Client ? "clientAuth"
                                                 : "serverAuth,clientAuth");
    builder.add_hosts(rule.hosts);
    auto certificate = builder.signed_by(authority.certificate, authority.secret);
    return { .kind = Material::Kind::Certificate,
        .secret = builder.key(),
        .certificate = certificate,
        .chain = certificate + authority.certificate };
}

} // namespace farl::owner
