// QuotingKey: a P-256 key of the emulated quoting infrastructure. All of them are derived from the platform's secret:
// so they stay the same at each start, and cost less to make than to keep.
#pragma once

#include "abi/sgx/quote.h"
#include "host/platform/emulator/keys.h"

#include <memory>
#include <openssl/evp.h>

namespace farl::host {

class QuotingKey {
public:
    // Each name has its key.
    QuotingKey(PlatformKeys const& keys, std::string_view name);

    sgx::P256Pair const& point() const { return point_; }
    // ECDSA with SHA-256.
    sgx::P256Pair sign(std::span<std::byte const> message) const;
    EVP_PKEY* handle() const { return key_.get(); }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    sgx::P256Pair point_;
    std::unique_ptr<EVP_PKEY, Free> key_;
};

} // namespace farl::host
