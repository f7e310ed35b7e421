#include "owner/cas/self_signed.h"

namespace farl::owner {

OpenSsl<X509> self_signed_certificate(Ed25519Key const& key)
{
    OpenSsl<X509> certificate(X509_new());
    require(certificate != nullptr, "make a certificate");
    auto* name = X509_get_subject_name(certificate.get());
    auto const* text = reinterpret_cast<unsigned char const*>("Farl");
    // Nobody looks at its validity: RFC 5280, section 4.1.2.5, has a time for certificates without an end.
    require(X509_set_version(certificate.get(), X509_VERSION_3) == 1
            && ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1
            && ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "20200101000000Z") == 1
            && ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "99991231235959Z") == 1
            && X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, text, -1, -1, 0) == 1
            && X509_set_issuer_name(certificate.get(), name) == 1
            && X509_set_pubkey(certificate.get(), key.handle()) == 1
            && X509_sign(certificate.get(), key.handle(), nullptr) > 0,
        "make a certificate");
    return certificate;
}

} // namespace farl::owner
