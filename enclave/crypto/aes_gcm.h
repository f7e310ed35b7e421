// AES-256-GCM: authenticated encryption with additional data (NIST SP 800-38D), tags of 16 bytes, nonces of 12. The
// caller sees to it that a key never seals twice with the same nonce. Any number of threads may use one key at a time.
#pragma once

#include "base/result.h"
#include "enclave/crypto/secret.h"

#include <array>
#include <cstdint>

namespace farl {

class AesGcm {
public:
    static constexpr size_t kKeySize = 32;
    using Key = Secret<kKeySize>;
    using Nonce = std::array<std::byte, 12>;
    using Tag = std::array<std::byte, 16>;

    explicit AesGcm(Key const& key); // keeps the expanded key
    ~AesGcm();
    AesGcm(AesGcm const&) = delete;
    AesGcm& operator=(AesGcm const&) = delete;

    // Both: input and output are of one size, and the same memory or apart (EINVAL); inside the enclave (EFAULT).
    // `open` gives EBADMSG, and zeros for plaintext, if anything was changed.
    Result<> seal(Nonce const& nonce, std::span<std::byte const> additional, std::span<std::byte const> plaintext,
        std::span<std::byte> ciphertext, Tag& tag) const;
    Result<> open(Nonce const& nonce, std::span<std::byte const> additional, std::span<std::byte const> ciphertext,
        Tag const& tag, std::span<std::byte> plaintext) const;

private:
    static constexpr size_t kStateSize = 608;
    alignas(16) std::byte state_[kStateSize]; // BoringSSL's, or a WideGcmKey
    bool is_wide_;
};

} // namespace farl
