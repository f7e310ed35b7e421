// BlockOpener: what makes a stored block of one file one that can be used: it is exactly what was sealed at its place
// (docs/formats/fspf.md, "Seals").
#pragma once

#include "abi/formats/fspf.h"
#include "enclave/crypto/aes_gcm.h"

#include <optional>

namespace farl {

class BlockOpener {
public:
    explicit BlockOpener(formats::FspfNode const& node);

    // In place, in memory that the host cannot change. EBADMSG, and no plaintext, if it is anything else.
    Result<> open(uint32_t level, uint64_t index, formats::Seal const& seal,
        std::span<std::byte, formats::kSealedBlockSize> block) const;

    bool is_encrypted() const { return cipher_.has_value(); }

private:
    uint64_t file_size_;
    std::optional<AesGcm> cipher_; // of an encrypted file
};

} // namespace farl
