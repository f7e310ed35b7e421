// MasterKey: what everything that a CAS stores is sealed under. Sealed bytes are bound to a context, such as the name
// of a record, so that one cannot be put in another's place.
#pragma once

#include "owner/keys/secret.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

class MasterKey {
public:
    static constexpr size_t kSize = 32;

    static MasterKey generate();
    // 32 bytes in a file that its owner only may read. It is made if it is not there, durably. Throws UserError.
    static MasterKey load_or_create(std::string const& path);

    // AES-256-GCM under a key for this context (HKDF-SHA256) with a random nonce: nonce, ciphertext, tag.
    std::vector<std::byte> seal(std::string_view plaintext, std::string_view context) const;
    // None if it was not sealed so.
    std::optional<Secret> open(std::span<std::byte const> sealed, std::string_view context) const;

private:
    explicit MasterKey(Secret key) : key_(std::move(key)) { }
    Secret derive(std::string_view context) const;

    Secret key_;
};

} // namespace farl::owner
