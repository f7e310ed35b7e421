// ImageKeys: where the keys of a protected image come from. Each file has a key of its own, and blocks are sealed with
// nonces that their places decide: so a key must never be given out again for other contents.
#pragma once

#include "owner/keys/sealing.h"
#include "owner/keys/secret.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace farl::owner {

class ImageKeys {
public:
    virtual ~ImageKeys() = default;
    // Asked once for each encrypted file.
    virtual Secret file_key(std::string_view path) = 0;

    struct ForFspf {
        Secret key;
        SealingNonce nonce;
    };
    virtual ForFspf fspf_key(std::span<std::byte const> payload) = 0;
};

// The usual ones.
class RandomImageKeys final : public ImageKeys {
public:
    Secret file_key(std::string_view path) override;
    ForFspf fspf_key(std::span<std::byte const> payload) override;
};

// The same image again from the same input and master secret. `input_digest` must change with any content that is to
// be encrypted: it is a digest of all of the input.
class DerivedImageKeys final : public ImageKeys {
public:
    DerivedImageKeys(Secret master, std::span<std::byte const, 32> input_digest);
    Secret file_key(std::string_view path) override;
    ForFspf fspf_key(std::span<std::byte const> payload) override;

private:
    Secret master_;
    std::string input_digest_;
};

} // namespace farl::owner
