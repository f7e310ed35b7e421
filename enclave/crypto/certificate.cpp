#include "enclave/crypto/certificate.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/vector_scope.h"

#include <openssl/bytestring.h>
#include <openssl/mem.h>
#include <string_view>

namespace farl {

namespace {

constexpr uint8_t kCommonName[] = { 0x55, 0x04, 0x03 };                                    // RFC 5280, appendix A.1
constexpr uint8_t kEcdsaWithSha256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }; // RFC 5758, section 3.2
constexpr unsigned kVersionTag = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;
constexpr unsigned kExtensionsTag = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 3;

// Nobody looks at these. No clock is asked, because the host is who would answer.
constexpr std::string_view kName = "farl enclave";
constexpr std::string_view kNotBefore = "20000101000000Z";
constexpr std::string_view kNotAfter = "99991231235959Z"; // RFC 5280, section 4.1.2.5: no well-defined end

bool add_octets(CBB* out, unsigned tag, uint8_t const* bytes, size_t size)
{
    CBB contents;
    return CBB_add_asn1(out, &contents, tag) && CBB_add_bytes(&contents, bytes, size) && CBB_flush(out);
}

bool add_text(CBB* out, unsigned tag, std::string_view text)
{
    return add_octets(out, tag, reinterpret_cast<uint8_t const*>(text.data()), text.size());
}

bool add_algorithm(CBB* out)
{
    CBB algorithm;
    return CBB_add_asn1(out, &algorithm, CBS_ASN1_SEQUENCE)
        && add_octets(&algorithm, CBS_ASN1_OBJECT, kEcdsaWithSha256, sizeof(kEcdsaWithSha256)) && CBB_flush(out);
}

bool add_name(CBB* out)
{
    CBB name, names, attribute;
    return CBB_add_asn1(out, &name, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&name, &names, CBS_ASN1_SET)
        && CBB_add_asn1(&names, &attribute, CBS_ASN1_SEQUENCE)
        && add_octets(&attribute, CBS_ASN1_OBJECT, kCommonName, sizeof(kCommonName))
        && add_text(&attribute, CBS_ASN1_UTF8STRING, kName) && CBB_flush(out);
}

bool add_validity(CBB* out)
{
    CBB validity;
    return CBB_add_asn1(out, &validity, CBS_ASN1_SEQUENCE) && add_text(&validity, CBS_ASN1_GENERALIZEDTIME, kNotBefore)
        && add_text(&validity, CBS_ASN1_GENERALIZEDTIME, kNotAfter) && CBB_flush(out);
}

bool add_extension(CBB* out, CertificateExtension const& wanted)
{
    CBB tagged, extensions, extension;
    return CBB_add_asn1(out, &tagged, kExtensionsTag) && CBB_add_asn1(&tagged, &extensions, CBS_ASN1_SEQUENCE)
        && CBB_add_asn1(&extensions, &extension, CBS_ASN1_SEQUENCE)
        && add_octets(&extension, CBS_ASN1_OBJECT, wanted.identifier.data(), wanted.identifier.size())
        && add_octets(&extension, CBS_ASN1_OCTETSTRING, octets(wanted.value), wanted.value.size()) && CBB_flush(out);
}

// TBSCertificate, RFC 5280, section 4.1.
bool add_signed_part(CBB* out, P256PublicKey::Info const& key, CertificateExtension const& extension)
{
    constexpr uint64_t kVersion3 = 2, kSerialNumber = 1;
    CBB part, version;
    return CBB_add_asn1(out, &part, CBS_ASN1_SEQUENCE) && CBB_add_asn1(&part, &version, kVersionTag)
        && CBB_add_asn1_uint64(&version, kVersion3) && CBB_add_asn1_uint64(&part, kSerialNumber) && add_algorithm(&part)
        && add_name(&part) && add_validity(&part) && add_name(&part) && CBB_add_bytes(&part, octets(key), key.size())
        && add_extension(&part, extension) && CBB_flush(out);
}

bool add_signature(CBB* out, P256Signature const& signature)
{
    CBB bits;
    return CBB_add_asn1(out, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) // no unused bits
        && CBB_add_bytes(&bits, octets(signature.bytes()), signature.size) && CBB_flush(out);
}

// What `write` puts out, as bytes of ours.
template <typename Write>
Result<Vector<std::byte>> built(Write const& write)
{
    VectorScope vectors;
    bssl::ScopedCBB builder;
    TRY(outcome(CBB_init(builder.get(), 0) && write(builder.get()), Errno::Enomem));
    Vector<std::byte> bytes;
    TRY(bytes.append(std::as_bytes(std::span(CBB_data(builder.get()), CBB_len(builder.get())))));
    return bytes;
}

} // namespace

Result<Vector<std::byte>> self_signed_certificate(P256PrivateKey const& key, CertificateExtension const& extension)
{
    auto info = TRY(key.public_key_info());
    auto part = TRY(built([&](CBB* out) { return add_signed_part(out, info, extension); }));
    auto signature = TRY(key.sign(part.span()));
    return built([&](CBB* out) {
        CBB certificate;
        return CBB_add_asn1(out, &certificate, CBS_ASN1_SEQUENCE)
            && CBB_add_bytes(&certificate, octets(part.span()), part.size()) && add_algorithm(&certificate)
            && add_signature(&certificate, signature) && CBB_flush(out);
    });
}

} // namespace farl
