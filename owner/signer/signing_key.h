// SigningKey: the RSA-3072 key, exponent 3, that signs enclaves. Its modulus' hash is MRSIGNER.
#pragma once

#include "abi/sgx/sigstruct.h"
#include "base/result.h"

#include <memory>
#include <openssl/evp.h>
#include <string>

namespace farl::owner {

class SigningKey {
public:
    static Result<SigningKey> generate();

    // PEM. EINVAL if the file holds no RSA-3072 key with exponent 3.
    static Result<SigningKey> load(std::string const& path);
    // Readable by its owner only. EEXIST rather than overwriting a key.
    Result<> save(std::string const& path) const;

    sgx::Number3072 modulus() const;
    sgx::Hash mrsigner() const;

    // Fills in modulus, signature, q1 and q2 for the rest of the structure.
    void sign(sgx::SigStruct& structure) const;

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free>;

    explicit SigningKey(Key key) : key_(std::move(key)) { }

    Key key_;
};

} // namespace farl::owner
