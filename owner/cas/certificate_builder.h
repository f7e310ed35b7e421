// CertificateBuilder: a P-256 key, fresh or an older certificate's, and an X.509 certificate for it (RFC 5280), signed
// by itself or by an authority.
#pragma once

#include "owner/keys/openssl.h"
#include "owner/keys/secret.h"
#include "owner/policy/session.h"

#include <ctime>
#include <openssl/x509v3.h>
#include <set>
#include <string>

namespace farl::owner {

class CertificateBuilder {
public:
    // `key` in PEM; null: a fresh one.
    CertificateBuilder(std::string const& common_name, time_t now, std::chrono::seconds lifetime, Secret const* key);

    // `value` in the words of x509v3_config(5); never from a file.
    void add_extension(int nid, char const* value);
    // Names and addresses, as the subject's alternative names.
    void add_hosts(std::set<std::string> const& hosts);

    // The certificate in PEM. Call one of them, once.
    std::string self_signed();
    std::string signed_by(std::string const& authority_certificate, Secret const& authority_key);

    Secret key() const; // PEM (PKCS #8)

private:
    std::string sign(X509* issuer, EVP_PKEY* key);

    OpenSsl<EVP_PKEY> key_;
    OpenSsl<X509> certificate_;
};

// When it is time for a certificate's successor: two thirds of its own time are over.
time_t renewal_time(std::string const& certificate);
// The same as long as its key stays: SHA-256 of the public key (SubjectPublicKeyInfo).
Hash key_hash_of(std::string const& certificate);

} // namespace farl::owner
