#include "owner/cas/certificate_builder.h"

#include "owner/digest/digest.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <openssl/pem.h>
#include <openssl/rand.h>

namespace farl::owner {

namespace {

constexpr time_t kDay = 24 * 3600;
constexpr time_t kClockSkew = 3600; // of those who look at a new certificate; less if that is much of its life
constexpr size_t kSerialSize = 16;  // RFC 5280, section 4.1.2.2: at most 20 bytes, positive

std::string text_of(BIO* bio)
{
    char* text;
    auto size = BIO_get_mem_data(bio, &text);
    return { text, static_cast<size_t>(size) };
}

OpenSsl<BIO> reader(std::string_view text)
{
    return OpenSsl<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

OpenSsl<EVP_PKEY> key_in(Secret const& pem)
{
    return OpenSsl<EVP_PKEY>(PEM_read_bio_PrivateKey(reader(pem.reveal()).get(), nullptr, nullptr, nullptr));
}

OpenSsl<X509> certificate_in(std::string const& pem)
{
    OpenSsl<X509> certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr, "read a certificate");
    return certificate;
}

void set_random_serial(X509* certificate)
{
    std::array<unsigned char, kSerialSize> serial;
    require(RAND_bytes(serial.data(), serial.size()) == 1, "make random bytes");
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
    auto* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
}

GENERAL_NAME* general_name(std::string const& host)
{
    auto* name = GENERAL_NAME_new();
    std::array<unsigned char, 16> address;
    int size = inet_pton(AF_INET, host.c_str(), address.data()) == 1 ? 4
        : inet_pton(AF_INET6, host.c_str(), address.data()) == 1     ? 16
                                                                     : 0;
    if (size) {
        auto* octets = ASN1_OCTET_STRING_new();
        ASN1_OCTET_STRING_set(octets, address.data(), size);
        GENERAL_NAME_set0_value(name, GEN_IPADD, octets);
    } else {
        auto* text = ASN1_IA5STRING_new();
        ASN1_STRING_set(text, host.data(), static_cast<int>(host.size()));
        GENERAL_NAME_set0_value(name, GEN_DNS, text);
    }
    return name;
}

} // namespace

CertificateBuilder::CertificateBuilder(
    std::string const& common_name, time_t now, std::chrono::seconds lifetime, Secret const* key)
    : key_(key ? key_in(*key) : OpenSsl<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"))),
      certificate_(X509_new())
{
    require(key_ && certificate_, "make a certificate");
    X509_set_version(certificate_.get(), X509_VERSION_3);
    set_random_serial(certificate_.get());
    ASN1_TIME_set(X509_getm_notBefore(certificate_.get()), now - std::min(kClockSkew, lifetime.count() / 4));
    ASN1_TIME_set(X509_getm_notAfter(certificate_.get()), now + lifetime.count());
    auto* name = X509_get_subject_name(certificate_.get());
    auto const* text = reinterpret_cast<unsigned char const*>(common_name.data());
    require(
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, static_cast<int>(common_name.size()), -1,
            0) == 1
            && X509_set_pubkey(certificate_.get(), key_.get()) == 1,
        "make a certificate");
}

void CertificateBuilder::add_extension(int nid, char const* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate_.get(), certificate_.get(), nullptr, nullptr, 0);
    OpenSsl<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    require(extension && X509_add_ext(certificate_.get(), extension.get(), -1) == 1, "make a certificate's extension");
}

void CertificateBuilder::add_hosts(std::set<std::string> const& hosts)
{
    if (hosts.empty())
        return;
    auto* names = GENERAL_NAMES_new();
    for (auto const& host : hosts)
        sk_GENERAL_NAME_push(names, general_name(host));
    auto result = X509_add1_ext_i2d(certificate_.get(), NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
    GENERAL_NAMES_free(names);
    require(result == 1, "make a certificate's names");
}

std::string CertificateBuilder::self_signed() { return sign(certificate_.get(), key_.get()); }

std::string CertificateBuilder::signed_by(std::string const& authority_certificate, Secret const& authority_key)
{
    auto issuer = certificate_in(authority_certificate);
    auto key = key_in(authority_key);
    require(key != nullptr, "read an authority");
    return sign(issuer.get(), key.get());
}

std::string CertificateBuilder::sign(X509* issuer, EVP_PKEY* key)
{
    add_extension(NID_subject_key_identifier, "hash");
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate_.get(), nullptr, nullptr, 0);
    OpenSsl<X509_EXTENSION> identifier(
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
    require(identifier && X509_add_ext(certificate_.get(), identifier.get(), -1) == 1
            && X509_set_issuer_name(certificate_.get(), X509_get_subject_name(issuer)) == 1
            && X509_sign(certificate_.get(), key, EVP_sha256()) > 0,
        "sign a certificate");
    OpenSsl<BIO> out(BIO_new(BIO_s_mem()));
    require(out && PEM_write_bio_X509(out.get(), certificate_.get()) == 1, "encode a certificate");
    return text_of(out.get());
}

Secret CertificateBuilder::key() const
{
    OpenSsl<BIO> out(BIO_new(BIO_s_secmem()));
    require(out && PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "encode a key");
    char* text;
    auto size = BIO_get_mem_data(out.get(), &text);
    return Secret(std::string_view(text, static_cast<size_t>(size)));
}

time_t renewal_time(std::string const& certificate)
{
    auto const read = certificate_in(certificate);
    OpenSsl<ASN1_TIME> epoch(ASN1_TIME_set(nullptr, 0));
    auto since_epoch = [&](ASN1_TIME const* time) {
        int days, seconds;
        require(epoch && ASN1_TIME_diff(&days, &seconds, epoch.get(), time), "read a certificate's validity");
        return days * kDay + seconds;
    };
    auto const begin = since_epoch(X509_get0_notBefore(read.get())), end = since_epoch(X509_get0_notAfter(read.get()));
    return end - (end - begin) / 3;
}

Hash key_hash_of(std::string const& certificate)
{
    auto read = certificate_in(certificate);
    unsigned char* encoded = nullptr;
    auto size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(read.get()), &encoded);
    require(size > 0, "read a certificate's key");
    auto hash = sha256({ reinterpret_cast<std::byte const*>(encoded), static_cast<size_t>(size) });
    OPENSSL_free(encoded);
    return std::bit_cast<Hash>(hash);
}

} // namespace farl::owner
