// Sha256: a running hash, OpenSSL's.
#pragma once

#include "abi/sgx/secs.h"

#include <memory>
#include <openssl/evp.h>
#include <span>

namespace farl::host {

class Sha256 {
public:
    Sha256();

    void update(std::span<std::byte const> bytes);
    // Of what was added so far; more may follow.
    sgx::Hash current() const;

    static sgx::Hash of(std::span<std::byte const> bytes);

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    using Context = std::unique_ptr<EVP_MD_CTX, Free>;

    Context context_;
};

} // namespace farl::host
