// X.509 as attestation uses it: chains in PEM up to a root known by its key, revocation lists, a clock that is given.
// OpenSSL does the work; what is not accepted is a Refusal.
#pragma once

#include "owner/quote/quote.h"

#include <ctime>
#include <memory>
#include <openssl/x509.h>
#include <string>
#include <vector>

namespace farl::owner {

struct FreeX509 {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_CRL* list) const { X509_CRL_free(list); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;
using RevocationList = std::unique_ptr<X509_CRL, FreeX509>;
using PublicKey = std::unique_ptr<EVP_PKEY, FreeX509>;

// A root that is believed, by the SHA-256 of its SubjectPublicKeyInfo: its certificate comes with the chain.
struct TrustedRoot {
    std::string name;
    sgx::Hash key_hash;
};
TrustedRoot const& intel_root();

// Leaf first, root last.
class CertificateChain {
public:
    // Exactly the PEM encoding of the certificates, so that there is one way to write a chain; one NUL may follow.
    static CertificateChain parse(std::string_view pem, char const* what);

    X509* leaf() const { return certificates_.front().get(); }
    // When the last of them begins, and the first ends.
    time_t start() const;
    time_t end() const;

    // Checks signatures, validity at `now`, use as CA, and revocation of each by one of `lists`. Returns the root that
    // it ends at.
    TrustedRoot const& verify(std::vector<TrustedRoot> const& roots, std::vector<X509_CRL*> lists, time_t now) const;
    // The same where nobody publishes revocations.
    void verify_unrevoked(std::vector<TrustedRoot> const& roots, time_t now) const;
    // What the last certificate is known by.
    sgx::Hash root_key_hash() const;

private:
    explicit CertificateChain(char const* what) : what_(what) { }
    TrustedRoot const& trusted_root(std::vector<TrustedRoot> const& roots) const;
    void verify_links(std::vector<X509_CRL*> const& lists, time_t now, unsigned long flags) const;

    std::string what_;
    std::vector<Certificate> certificates_;
};

RevocationList parse_revocation_list(Bytes der, char const* what);
time_t start_of(X509_CRL* list);
time_t end_of(X509_CRL* list);

PublicKey p256_key(sgx::P256Pair const& point);
// ECDSA with SHA-256. False also if the key is none.
bool is_signed_by(EVP_PKEY* key, Bytes message, sgx::P256Pair const& signature);

} // namespace farl::owner
