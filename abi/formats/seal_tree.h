// The tree of seals of one file of a protected image: what each block is bound to, and where its seal lies. Every byte
// is specified in docs/formats/fspf.md, "Seals". Pure: owner/image seals, enclave/fs/shield verifies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace farl::formats {

inline constexpr size_t kSealedBlockSize = 4096; // of contents, and of a tree's nodes
inline constexpr size_t kSealSize = 32;
inline constexpr uint64_t kSealFanOut = kSealedBlockSize / kSealSize;
inline constexpr uint64_t kLargestSealedFile = 1ull << 44;
inline constexpr uint32_t kMostSealLevels = 5; // 128^5 blocks are more than the largest file has

// Of one block, or of a node by its parent. All zero: the block is zeros, whatever is stored.
using Seal = std::array<std::byte, kSealSize>;

// Of an encrypted block: nonce, tag, four zeros.
inline constexpr size_t kSealNonceSize = 12;
inline constexpr size_t kSealTagSize = 16;

inline bool is_hole(Seal const& seal)
{
    for (auto byte : seal)
        if (byte != std::byte { 0 })
            return false;
    return true;
}

// Which block of a file of which size: hashed before a block, or the additional data of its encryption.
struct SealedPlace {
    uint32_t level; // 0: contents; 1 and up: nodes of the tree
    uint64_t index; // among those of its level
    uint64_t file_size;

    static constexpr size_t kHashedSize = 20;
    static constexpr size_t kAdditionalSize = 28;

    std::array<std::byte, kAdditionalSize> bytes() const
    {
        std::array<std::byte, kAdditionalSize> result;
        std::memcpy(result.data(), &level, sizeof(level));
        std::memcpy(result.data() + 4, &index, sizeof(index));
        std::memcpy(result.data() + 12, &file_size, sizeof(file_size));
        std::memcpy(result.data() + kHashedSize, "FARLIMG1", 8);
        return result;
    }
};

// The shape of the tree of a file: it follows from the file's size. At most kLargestSealedFile.
class SealTree {
public:
    constexpr explicit SealTree(uint64_t file_size)
    {
        counts_[0] = (file_size + kSealedBlockSize - 1) / kSealedBlockSize;
        while (counts_[top_] > 1) {
            counts_[top_ + 1] = (counts_[top_] + kSealFanOut - 1) / kSealFanOut;
            ++top_;
        }
    }

    // The level of the one block whose seal is the file's root; 0 for a file of at most one block.
    constexpr uint32_t top() const { return top_; }
    constexpr uint64_t block_count() const { return counts_[0]; }
    constexpr uint64_t count(uint32_t level) const { return counts_[level]; }
    // Bytes of all nodes; they lie level by level, the lowest first.
    constexpr uint64_t size() const { return offset(top_ + 1, 0); }
    // Of a node in the tree. Level 1 and up.
    constexpr uint64_t offset(uint32_t level, uint64_t index) const
    {
        for (uint32_t below = 1; below < level; ++below)
            index += counts_[below];
        return index * kSealedBlockSize;
    }

private:
    uint64_t counts_[kMostSealLevels + 2] {};
    uint32_t top_ { 0 };
};
static_assert(SealTree(kLargestSealedFile).top() <= kMostSealLevels);
static_assert(SealTree(kSealedBlockSize).size() == 0 && SealTree(kSealedBlockSize + 1).size() == kSealedBlockSize);

} // namespace farl::formats
