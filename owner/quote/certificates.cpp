#include "owner/quote/certificates.h"

#include "owner/digest/digest.h"
#include "owner/quote/refusal.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace farl::owner {

namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); } // not what is in it
    void operator()(STACK_OF(X509_CRL) * stack) const { sk_X509_CRL_free(stack); }
    void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// The key of "Intel SGX Root CA", valid from 2018 to 2049.
constexpr std::array<uint8_t, 32> kIntelRootKey { 0xA0, 0xAF, 0x03, 0x12, 0x89, 0xF5, 0xD5, 0xD4, 0x13, 0x2F, 0x91,
    0x86, 0x06, 0x8A, 0x7F, 0xC1, 0x36, 0x28, 0x63, 0x3B, 0xA2, 0x35, 0x77, 0x74, 0x72, 0xE2, 0x9B, 0x6B, 0x6C, 0x67,
    0xA4, 0x9E };

constexpr size_t kMostCertificates = 8;

std::string text_of(BIO* bio)
{
    char* text;
    auto size = BIO_get_mem_data(bio, &text);
    return { text, static_cast<size_t>(size) };
}

sgx::Hash key_hash(X509* certificate)
{
    unsigned char* encoded = nullptr;
    auto size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    Owned<unsigned char> owned(encoded);
    return std::bit_cast<sgx::Hash>(sha256(std::as_bytes(std::span(encoded, static_cast<size_t>(std::max(size, 0))))));
}

time_t seconds(ASN1_TIME const* time)
{
    tm parts {};
    return ASN1_TIME_to_tm(time, &parts) ? timegm(&parts) : 0;
}

RefusalReason reason_for(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return RefusalReason::CertificateNotValidNow;
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return RefusalReason::CrlNotValidNow;
    case X509_V_ERR_CERT_REVOKED:
        return RefusalReason::CertificateRevoked;
    default:
        return RefusalReason::InvalidChain;
    }
}

} // namespace

TrustedRoot const& intel_root()
{
    static TrustedRoot const root { "Intel SGX Root CA", std::bit_cast<sgx::Hash>(kIntelRootKey) };
    return root;
}

CertificateChain CertificateChain::parse(std::string_view pem, char const* what)
{
    CertificateChain chain(what);
    if (pem.ends_with('\0'))
        pem.remove_suffix(1);
    Owned<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Owned<BIO> again(BIO_new(BIO_s_mem()));
    while (auto* certificate = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
        chain.certificates_.emplace_back(certificate);
        PEM_write_bio_X509(again.get(), certificate);
        if (chain.certificates_.size() > kMostCertificates)
            break;
    }
    // Some write the last line without its end.
    auto canonical = text_of(again.get());
    bool is_canonical = pem == canonical || std::string(pem) + '\n' == canonical;
    if (chain.certificates_.size() < 2 || !is_canonical)
        throw Refusal(
            RefusalReason::MalformedCertificate, fmt::format("the {} is not a chain of certificates in PEM", what));
    return chain;
}

time_t CertificateChain::start() const
{
    time_t start = 0;
    for (auto const& certificate : certificates_)
        start = std::max(start, seconds(X509_get0_notBefore(certificate.get())));
    return start;
}

time_t CertificateChain::end() const
{
    auto ends_first = [](auto const& a, auto const& b) {
        return seconds(X509_get0_notAfter(a.get())) < seconds(X509_get0_notAfter(b.get()));
    };
    return seconds(X509_get0_notAfter(std::ranges::min_element(certificates_, ends_first)->get()));
}

sgx::Hash CertificateChain::root_key_hash() const { return key_hash(certificates_.back().get()); }

// By its key: a certificate can have any name.
TrustedRoot const& CertificateChain::trusted_root(std::vector<TrustedRoot> const& roots) const
{
    auto root = std::ranges::find(roots, root_key_hash(), &TrustedRoot::key_hash);
    if (root == roots.end())
        throw Refusal(RefusalReason::UntrustedRoot, fmt::format("the {} ends at a root that is not trusted", what_));
    return *root;
}

TrustedRoot const& CertificateChain::verify(
    std::vector<TrustedRoot> const& roots, std::vector<X509_CRL*> lists, time_t now) const
{
    auto const& root = trusted_root(roots);
    verify_links(lists, now, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return root;
}

void CertificateChain::verify_unrevoked(std::vector<TrustedRoot> const& roots, time_t now) const
{
    trusted_root(roots);
    verify_links({}, now, 0);
}

void CertificateChain::verify_links(std::vector<X509_CRL*> const& lists, time_t now, unsigned long flags) const
{
    Owned<X509_STORE> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), certificates_.back().get());
    Owned<STACK_OF(X509)> between(sk_X509_new_null());
    for (size_t i = 1; i + 1 < certificates_.size(); ++i)
        sk_X509_push(between.get(), certificates_[i].get());
    Owned<STACK_OF(X509_CRL)> revoked(sk_X509_CRL_new_null());
    for (auto* list : lists)
        sk_X509_CRL_push(revoked.get(), list);

    Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf(), between.get());
    X509_STORE_CTX_set0_crls(context.get(), revoked.get());
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, now);
    X509_VERIFY_PARAM_set_flags(parameters, flags | X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    if (X509_verify_cert(context.get()) != 1) {
        auto error = X509_STORE_CTX_get_error(context.get());
        throw Refusal(reason_for(error), fmt::format("the {}: {}", what_, X509_verify_cert_error_string(error)));
    }
    // All of it was used, none of it skipped.
    if (static_cast<size_t>(sk_X509_num(X509_STORE_CTX_get0_chain(context.get()))) != certificates_.size())
        throw Refusal(
            RefusalReason::InvalidChain, fmt::format("the {} has certificates that are not part of it", what_));
}

RevocationList parse_revocation_list(Bytes der, char const* what)
{
    auto const* begin = reinterpret_cast<unsigned char const*>(der.data());
    auto const* position = begin;
    RevocationList list(d2i_X509_CRL(nullptr, &position, static_cast<long>(der.size())));
    if (!list || position != begin + der.size())
        throw Refusal(RefusalReason::MalformedCollateral, fmt::format("{} is not a revocation list in DER", what));
    return list;
}

time_t start_of(X509_CRL* list) { return seconds(X509_CRL_get0_lastUpdate(list)); }

time_t end_of(X509_CRL* list) { return seconds(X509_CRL_get0_nextUpdate(list)); }

PublicKey p256_key(sgx::P256Pair const& point)
{
    constexpr size_t kPointSize = 1 + sizeof point;
    std::array<unsigned char, kPointSize> encoded { 4 }; // uncompressed: SEC 1, section 2.3.3
    std::transform(point.begin(), point.end(), encoded.begin() + 1,
        [](std::byte byte) { return std::to_integer<unsigned char>(byte); });

    char group[] = "P-256";
    OSSL_PARAM parameters[] { OSSL_PARAM_construct_utf8_string("group", group, 0),
        OSSL_PARAM_construct_octet_string("pub", encoded.data(), encoded.size()), OSSL_PARAM_construct_end() };
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) <= 0
        || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        return nullptr;
    return PublicKey(key);
}

bool is_signed_by(EVP_PKEY* key, Bytes message, sgx::P256Pair const& signature)
{
    if (!key)
        return false;
    auto const* numbers = reinterpret_cast<unsigned char const*>(signature.data());
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(numbers, 32, nullptr), BN_bin2bn(numbers + 32, 32, nullptr));
    unsigned char* encoded = nullptr;
    auto size = i2d_ECDSA_SIG(pair.get(), &encoded);
    Owned<unsigned char> owned(encoded);
    if (size <= 0)
        return false;

    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1
        && EVP_DigestVerify(context.get(), encoded, static_cast<size_t>(size),
               reinterpret_cast<unsigned char const*>(message.data()), message.size())
        == 1;
}

} // namespace farl::owner
