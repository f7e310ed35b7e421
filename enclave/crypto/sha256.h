// SHA-256 (FIPS 180-4), and HMAC (RFC 2104) and HKDF (RFC 5869) over it.
#pragma once

#include "base/result.h"
#include "enclave/crypto/secret.h"

#include <array>

namespace farl {

using Digest = std::array<std::byte, 32>;

// What is hashed may be secret, so the state is wiped.
class Sha256 {
public:
    Sha256();
    ~Sha256() { wipe(state_, kStateSize); }
    Sha256(Sha256 const&) = delete;
    Sha256& operator=(Sha256 const&) = delete;

    void update(std::span<std::byte const> bytes);
    Digest finish(); // once, and last

    static Digest of(std::span<std::byte const> bytes);

private:
    static constexpr size_t kStateSize = 112;
    alignas(8) std::byte state_[kStateSize];
};

// ENOMEM
Result<Digest> hmac_sha256(std::span<std::byte const> key, std::span<std::byte const> message);

// ENOMEM; EINVAL for more than 255 digests of output
Result<> hkdf_sha256(std::span<std::byte> output, std::span<std::byte const> secret, std::span<std::byte const> salt,
    std::span<std::byte const> info);

// Takes as long for any contents of the same size. Bytes of different sizes are not equal.
bool is_equal_secretly(std::span<std::byte const> left, std::span<std::byte const> right);

} // namespace farl
