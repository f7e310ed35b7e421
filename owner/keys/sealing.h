// AES-256-GCM (NIST SP 800-38D) and HKDF-SHA256 (RFC 5869). The caller sees to it that a key never seals twice with the
// same nonce. Throw CryptographyFailure.
#pragma once

#include "owner/keys/secret.h"

#include <array>
#include <optional>

namespace farl::owner {

inline constexpr size_t kSealingKeySize = 32;
inline constexpr size_t kSealingTagSize = 16;
using SealingNonce = std::array<std::byte, 12>;

Secret derive_sealing_key(Secret const& secret, std::string_view salt, std::string_view information);

// `sealed` has room for the ciphertext and the tag after it.
void seal(Secret const& key, SealingNonce const& nonce, std::string_view authenticated, std::string_view plaintext,
    std::span<std::byte> sealed);

// None if it was not sealed so.
std::optional<Secret> open_sealed(
    Secret const& key, SealingNonce const& nonce, std::string_view authenticated, std::span<std::byte const> sealed);

} // namespace farl::owner
