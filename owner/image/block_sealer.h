// BlockSealer: makes the seals of one file's blocks (docs/formats/fspf.md, "Seals"); of an encrypted file it encrypts
// them too.
#pragma once

#include "abi/formats/fspf.h"
#include "owner/keys/openssl.h"
#include "owner/keys/secret.h"

namespace farl::owner {

class BlockSealer {
public:
    // `key` is for kind Encrypted.
    BlockSealer(formats::ContentKind kind, Secret const& key, uint64_t file_size);

    // A whole block, padded with zeros; encrypted in place if that is the kind. A block of zeros stays as it is, and
    // its seal is a hole's. No place is sealed twice.
    formats::Seal seal(uint32_t level, uint64_t index, std::span<std::byte, formats::kSealedBlockSize> block);

private:
    formats::Seal encrypt(formats::SealedPlace const& place, std::span<std::byte> block);
    formats::Seal digest(formats::SealedPlace const& place, std::span<std::byte const> block);

    formats::ContentKind kind_;
    uint64_t file_size_;
    OpenSsl<EVP_CIPHER_CTX> cipher_;
    OpenSsl<EVP_MD_CTX> hash_;
};

} // namespace farl::owner
