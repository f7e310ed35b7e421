// NoncePool: random nonces for AesGcm, drawn many at a time, because a draw costs as much as sealing some hundred
// bytes. They are no secrets; each is given once. Not locked.
#pragma once

#include "enclave/crypto/aes_gcm.h"
#include "enclave/crypto/random.h"

namespace farl {

class NoncePool {
public:
    AesGcm::Nonce take()
    {
        if (left_ == 0) {
            fill_random(nonces_.data(), sizeof(nonces_));
            left_ = nonces_.size();
        }
        return nonces_[--left_];
    }

private:
    std::array<AesGcm::Nonce, 64> nonces_;
    size_t left_ { 0 };
};

} // namespace farl
