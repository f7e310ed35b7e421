#include "host/platform/emulator/quoting_chain.h"

#include "host/platform/emulator/sha256.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace farl::host {

namespace {

struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;
using Certificate = Owned<X509>;

constexpr std::string_view kRootKey = "root";
constexpr std::string_view kAuthorityKey = "authority";

struct Role {
    char const* name;
    char const* constraints;
    char const* usage;
};
// RFC 5280, sections 4.2.1.3 and 4.2.1.9.
constexpr Role kRoot { "Farl SGX emulator root: emulated, protects nothing", "critical,CA:TRUE",
    "critical,keyCertSign,cRLSign" };
constexpr Role kAuthority { "Farl SGX emulator platform CA: emulated, protects nothing", "critical,CA:TRUE,pathlen:0",
    "critical,keyCertSign,cRLSign" };
constexpr Role kPlatform { "Farl SGX emulator platform: emulated, protects nothing", "critical,CA:FALSE",
    "critical,digitalSignature" };

void add_extension(X509* certificate, X509* issuer, int nid, char const* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// The issuer of the root is null: itself. Who has seen one of these has seen them all, so there are no serial numbers
// to tell them apart, and no times to look at (RFC 5280, section 4.1.2.5, has one for "without an end").
Certificate certificate(Role const& role, QuotingKey const& key, X509* issuer, QuotingKey const& issuer_key)
{
    Certificate made(X509_new());
    auto* name = X509_get_subject_name(made.get());
    ASSERT(X509_set_version(made.get(), X509_VERSION_3) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1
        && ASN1_TIME_set_string(X509_getm_notBefore(made.get()), "20200101000000Z") == 1
        && ASN1_TIME_set_string(X509_getm_notAfter(made.get()), "99991231235959Z") == 1
        && X509_NAME_add_entry_by_NID(
               name, NID_commonName, MBSTRING_ASC, reinterpret_cast<unsigned char const*>(role.name), -1, -1, 0)
            == 1
        && X509_set_issuer_name(made.get(), issuer ? X509_get_subject_name(issuer) : name) == 1
        && X509_set_pubkey(made.get(), key.handle()) == 1);
    add_extension(made.get(), issuer, NID_basic_constraints, role.constraints);
    add_extension(made.get(), issuer, NID_key_usage, role.usage);
    add_extension(made.get(), issuer, NID_subject_key_identifier, "hash");
    if (issuer)
        add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid:always");
    ASSERT(X509_sign(made.get(), issuer_key.handle(), EVP_sha256()) > 0);
    return made;
}

} // namespace

std::string quoting_chain(PlatformKeys const& keys, QuotingKey const& platform)
{
    QuotingKey root_key(keys, kRootKey), authority_key(keys, kAuthorityKey);
    auto root = certificate(kRoot, root_key, nullptr, root_key);
    auto authority = certificate(kAuthority, authority_key, root.get(), root_key);
    auto leaf = certificate(kPlatform, platform, authority.get(), authority_key);

    Owned<BIO> out(BIO_new(BIO_s_mem()));
    for (auto* each : { leaf.get(), authority.get(), root.get() })
        ASSERT(PEM_write_bio_X509(out.get(), each) == 1);
    char* text;
    auto size = BIO_get_mem_data(out.get(), &text);
    return { text, static_cast<size_t>(size) };
}

sgx::Hash quoting_root(PlatformKeys const& keys)
{
    QuotingKey root(keys, kRootKey);
    unsigned char* encoded = nullptr;
    auto size = i2d_PUBKEY(root.handle(), &encoded);
    Owned<unsigned char> owned(encoded);
    ASSERT(size > 0);
    return Sha256::of(std::as_bytes(std::span(encoded, static_cast<size_t>(size))));
}

} // namespace farl::host
