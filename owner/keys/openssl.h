// Owners of OpenSSL's objects, and its errors as exceptions.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace farl::owner {

struct OpenSslFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_KDF* function) const { EVP_KDF_free(function); }
    void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(ASN1_STRING* object) const { ASN1_STRING_free(object); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename T>
using OpenSsl = std::unique_ptr<T, OpenSslFree>;

// OpenSSL itself failed, for want of memory or random bytes: nothing that input can cause.
class CryptographyFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline void require(bool is_done, char const* what)
{
    if (!is_done)
        throw CryptographyFailure(std::string("OpenSSL cannot ") + what);
}

} // namespace farl::owner
