#include "owner/image/block_sealer.h"

#include <algorithm>

namespace farl::owner {

namespace {

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
unsigned char const* raw(std::byte const* bytes) { return reinterpret_cast<unsigned char const*>(bytes); }

bool is_zero(std::span<std::byte const> block)
{
    return std::ranges::all_of(block, [](std::byte byte) { return byte == std::byte { 0 }; });
}

} // namespace

BlockSealer::BlockSealer(formats::ContentKind kind, Secret const& key, uint64_t file_size)
    : kind_(kind),
      file_size_(file_size),
      cipher_(EVP_CIPHER_CTX_new()),
      hash_(EVP_MD_CTX_new())
{
    require(cipher_ && hash_, "start");
    if (kind_ == formats::ContentKind::Encrypted)
        require(EVP_EncryptInit_ex2(cipher_.get(), EVP_aes_256_gcm(), key.readable().data(), nullptr, nullptr) == 1,
            "use a key");
}

formats::Seal BlockSealer::seal(uint32_t level, uint64_t index, std::span<std::byte, formats::kSealedBlockSize> block)
{
    if (is_zero(block))
        return {};
    formats::SealedPlace const place { level, index, file_size_ };
    return kind_ == formats::ContentKind::Encrypted ? encrypt(place, block) : digest(place, block);
}

formats::Seal BlockSealer::encrypt(formats::SealedPlace const& place, std::span<std::byte> block)
{
    formats::Seal seal {};
    auto const additional = place.bytes();
    std::copy_n(additional.begin(), formats::kSealNonceSize, seal.begin()); // level and index: each once for this key
    int size = 0, rest = 0;
    auto* context = cipher_.get();
    require(EVP_EncryptInit_ex2(context, nullptr, nullptr, raw(seal.data()), nullptr) == 1
            && EVP_EncryptUpdate(context, nullptr, &size, raw(additional.data()), static_cast<int>(additional.size()))
                == 1
            && EVP_EncryptUpdate(context, raw(block.data()), &size, raw(block.data()), static_cast<int>(block.size()))
                == 1
            && EVP_EncryptFinal_ex(context, raw(block.data()) + size, &rest) == 1
            && EVP_CIPHER_CTX_ctrl(
                   context, EVP_CTRL_GCM_GET_TAG, formats::kSealTagSize, seal.data() + formats::kSealNonceSize)
                == 1,
        "encrypt");
    return seal;
}

formats::Seal BlockSealer::digest(formats::SealedPlace const& place, std::span<std::byte const> block)
{
    formats::Seal seal {};
    auto const prefix = place.bytes();
    require(EVP_DigestInit_ex2(hash_.get(), EVP_sha256(), nullptr) == 1
            && EVP_DigestUpdate(hash_.get(), prefix.data(), formats::SealedPlace::kHashedSize) == 1
            && EVP_DigestUpdate(hash_.get(), block.data(), block.size()) == 1
            && EVP_DigestFinal_ex(hash_.get(), raw(seal.data()), nullptr) == 1,
        "hash");
    return seal;
}

} // namespace farl::owner
