#include "owner/cas/evidence.h"

#include "owner/cas/cbor.h"
#include "owner/digest/digest.h"
#include "owner/keys/openssl.h"

#include <algorithm>
#include <openssl/objects.h>

namespace farl::owner {

namespace {

using Bytes = CborReader::Bytes;

constexpr char const* kTaggedEvidence = "2.23.133.5.4.9"; // tcg-dice-TaggedEvidence
constexpr uint64_t kQuoteAndClaims = 60000;               // the tag of an SGX quote with the claims that it binds
constexpr uint64_t kSha256 = 1;                           // IANA, Named Information Hash Algorithm

struct FreeObject {
    void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
    void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
};

Bytes extension_of(X509* certificate)
{
    std::unique_ptr<ASN1_OBJECT, FreeObject> kind(OBJ_txt2obj(kTaggedEvidence, 1));
    require(kind != nullptr, "name an extension");
    auto at = X509_get_ext_by_OBJ(certificate, kind.get(), -1);
    if (at < 0)
        throw EvidenceDefect("the certificate has no evidence of an enclave");
    if (X509_get_ext_by_OBJ(certificate, kind.get(), at) >= 0)
        throw EvidenceDefect("the certificate has evidence more than once");
    auto const* value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
    return std::as_bytes(
        std::span(ASN1_STRING_get0_data(value), static_cast<size_t>(std::max(ASN1_STRING_length(value), 0))));
}

void check_claims(Bytes claims, X509* certificate)
{
    CborReader reader(claims);
    reader.expect_map(1);
    reader.expect_text("pubkey-hash");
    CborReader hash(reader.take_bytes());
    reader.expect_end();
    hash.expect_array(2);
    hash.expect_number(kSha256);
    auto claimed = hash.take_bytes();
    hash.expect_end();
    auto expected = holder_of(certificate);
    if (!std::ranges::equal(claimed, expected))
        throw EvidenceDefect("the evidence was made for another key than the certificate's");
}

sgx::ReportData bound_by(Bytes claims)
{
    sgx::ReportData bound {};
    auto hash = sha256(claims);
    std::ranges::copy(std::as_bytes(std::span(hash)), bound.begin());
    return bound;
}

} // namespace

sgx::Hash holder_of(X509* certificate)
{
    unsigned char* encoded = nullptr;
    auto size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    std::unique_ptr<unsigned char, FreeObject> owned(encoded);
    auto hash = sha256(std::as_bytes(std::span(encoded, static_cast<size_t>(std::max(size, 0)))));
    sgx::Hash key;
    std::ranges::copy(std::as_bytes(std::span(hash)), key.begin());
    return key;
}

ShownEvidence evidence_in(X509* certificate)
{
    try {
        CborReader reader(extension_of(certificate));
        reader.expect_tag(kQuoteAndClaims);
        reader.expect_array(2);
        auto quote = reader.take_bytes();
        auto claims = reader.take_bytes();
        reader.expect_end();
        check_claims(claims, certificate);
        return { { quote.begin(), quote.end() }, bound_by(claims) };
    } catch (CborDefect const& defect) {
        throw EvidenceDefect(std::string("the evidence is malformed: ") + defect.what());
    }
}

} // namespace farl::owner
