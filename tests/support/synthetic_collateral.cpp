#include "tests/support/synthetic_collateral.h"

#include "owner/digest/hexadecimal.h"
#include "owner/quote/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/pem.h>

namespace farl {

namespace {

using namespace owner;

constexpr std::chrono::days kDays { 1000 };
constexpr time_t kThirtyDays = 30 * 24 * 3600;

OpenSsl<BIO> reader(std::string_view text)
{
    return OpenSsl<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

OpenSsl<X509> certificate_from(std::string const& pem)
{
    return OpenSsl<X509>(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr));
}

std::string times(SyntheticPcs::Issue const& issue)
{
    return fmt::format(R"("issueDate":"{}","nextUpdate":"{}","tcbEvaluationDataNumber":{})", time_as_text(issue.issued),
        time_as_text(issue.issued + kThirtyDays), issue.evaluation_number);
}

} // namespace

SyntheticPcs::SyntheticPcs(time_t now, char const* authority)
    : root_(signer("Intel SGX Root CA", now, nullptr)),
      authority_(signer(authority, now, &root_)),
      tcb_signer_(signer("Intel SGX TCB Signing", now, &root_))
{
}

SyntheticPcs::Signer SyntheticPcs::signer(char const* name, time_t now, Signer const* issuer) const
{
    CertificateBuilder builder(name, now, kDays, nullptr);
    builder.add_extension(NID_basic_constraints, "critical,CA:TRUE");
    builder.add_extension(NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign");
    Signer signer;
    signer.key.reset(PEM_read_bio_PrivateKey(reader(builder.key().reveal()).get(), nullptr, nullptr, nullptr));
    if (issuer) {
        OpenSsl<BIO> key(BIO_new(BIO_s_mem()));
        PEM_write_bio_PrivateKey(key.get(), issuer->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        char* text;
        auto size = BIO_get_mem_data(key.get(), &text);
        signer.certificate =
            builder.signed_by(issuer->certificate, Secret(std::string_view(text, static_cast<size_t>(size))));
    } else {
        signer.certificate = builder.self_signed();
    }
    return signer;
}

TrustedRoot SyntheticPcs::root() const
{
    return { "synthetic",
        CertificateChain::parse(authority_.certificate + root_.certificate, "chain").root_key_hash() };
}

std::string SyntheticPcs::list_of(Signer const& issuer, time_t issued)
{
    RevocationList list(X509_CRL_new());
    std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> from(ASN1_TIME_set(nullptr, issued), ASN1_TIME_free),
        until(ASN1_TIME_set(nullptr, issued + kThirtyDays), ASN1_TIME_free);
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_from(issuer.certificate).get()));
    X509_CRL_set1_lastUpdate(list.get(), from.get());
    X509_CRL_set1_nextUpdate(list.get(), until.get());
    X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256());
    std::vector<unsigned char> der(static_cast<size_t>(i2d_X509_CRL(list.get(), nullptr)));
    auto* end = der.data();
    i2d_X509_CRL(list.get(), &end);
    return to_hex(std::as_bytes(std::span(der)));
}

std::string SyntheticPcs::signature(std::string const& text) const
{
    OpenSsl<EVP_MD_CTX> context(EVP_MD_CTX_new());
    unsigned char encoded[128];
    size_t size = sizeof encoded;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, tcb_signer_.key.get());
    EVP_DigestSign(context.get(), encoded, &size, reinterpret_cast<unsigned char const*>(text.data()), text.size());
    auto const* begin = encoded;
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)), ECDSA_SIG_free);
    std::array<unsigned char, 64> numbers;
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), numbers.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), numbers.data() + 32, 32);
    return to_hex(std::as_bytes(std::span(numbers)));
}

std::string SyntheticPcs::collateral(Issue const& issue) const
{
    auto tcb_info = fmt::format(
        R"({{"id":"SGX","version":3,{},"fmspc":"112233445566","pceId":"0000","tcbLevels":[]}})", times(issue));
    auto qe_identity =
        fmt::format(R"({{"id":"QE","version":2,{},"miscselect":"{:08}","miscselectMask":"{:08}","attributes":"{:032}",)"
                    R"("attributesMask":"{:032}","mrsigner":"{:064}","isvprodid":1,"tcbLevels":[]}})",
            times(issue), 0, 0, 0, 0, 0);
    auto tcb_chain = tcb_signer_.certificate + root_.certificate;
    nlohmann::json const json { { "tcb_info", tcb_info }, { "tcb_info_signature", signature(tcb_info) },
        { "tcb_info_issuer_chain", tcb_chain }, { "qe_identity", qe_identity },
        { "qe_identity_signature", signature(qe_identity) }, { "qe_identity_issuer_chain", tcb_chain },
        { "root_ca_crl", list_of(root_, issue.lists_issued) }, { "pck_crl", list_of(authority_, issue.lists_issued) },
        { "pck_crl_issuer_chain", authority_.certificate + root_.certificate } };
    return json.dump();
}

} // namespace farl
