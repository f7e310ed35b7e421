#include "enclave/fs/shield/block_opener.h"

#include "enclave/crypto/sha256.h"

namespace farl {

BlockOpener::BlockOpener(formats::FspfNode const& node) : file_size_(node.size)
{
    if (node.kind == formats::ContentKind::Encrypted)
        cipher_.emplace(AesGcm::Key(std::span(node.key)));
}

Result<> BlockOpener::open(uint32_t level, uint64_t index, formats::Seal const& seal,
    std::span<std::byte, formats::kSealedBlockSize> block) const
{
    formats::SealedPlace const place { level, index, file_size_ };
    auto const bytes = place.bytes();
    if (!cipher_) {
        Sha256 hash;
        hash.update(std::span(bytes).first<formats::SealedPlace::kHashedSize>());
        hash.update(block);
        return hash.finish() == seal ? Result<> {} : Errno::Ebadmsg;
    }
    AesGcm::Nonce nonce;
    AesGcm::Tag tag;
    memcpy(nonce.data(), seal.data(), nonce.size());
    memcpy(tag.data(), seal.data() + nonce.size(), tag.size());
    return cipher_->open(nonce, bytes, block, tag, block);
}

} // namespace farl
