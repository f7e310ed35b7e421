#include "enclave/fs/volume/slot_map.h"

#include <bit>

namespace farl {

namespace {

// Of one block of the table.
uint64_t count_bits(uint64_t const* words)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < SlotMap::kSlotsInBlock / 64; ++i)
        count += static_cast<uint64_t>(std::popcount(words[i]));
    return count;
}

} // namespace

Result<SlotMap> SlotMap::create()
{
    SlotMap map;
    TRY(map.make_room(formats::kSuperblockCount));
    for (uint32_t slot = 0; slot < formats::kSuperblockCount; ++slot)
        map.use(slot);
    return map;
}

void SlotMap::use(uint32_t slot)
{
    words_[slot / 64] |= 1ull << slot % 64;
    ++used_count_;
    if (slot >= slot_count_)
        slot_count_ = slot + 1;
}

Result<> SlotMap::make_room(uint64_t slot)
{
    if (slot >= kMostSlots - 1)
        return Errno::Enospc;
    if (auto needed = slot / 64 + 1; needed > words_.size()) {
        TRY(words_.reserve_for(needed - words_.size()));
        TRY(words_.resize(needed));
    }
    return {};
}

Result<uint32_t> SlotMap::allocate()
{
    bool has_free = used_count_ < words_.size() * 64;
    for (uint64_t looked = 0; has_free && looked < words_.size(); ++looked) {
        if (next_word_ >= words_.size())
            next_word_ = 0;
        if (auto free = ~words_[next_word_]) {
            auto slot = static_cast<uint32_t>(next_word_ * 64 + static_cast<uint64_t>(std::countr_zero(free)));
            use(slot);
            return slot;
        }
        ++next_word_;
    }
    auto slot = words_.size() * 64;
    constexpr uint64_t kGrowth = 64 * 64; // so that it is rarely full
    TRY(make_room(slot + kGrowth < kMostSlots - 1 ? slot + kGrowth : slot));
    next_word_ = slot / 64;
    use(static_cast<uint32_t>(slot));
    return static_cast<uint32_t>(slot);
}

Result<> SlotMap::claim(uint32_t slot)
{
    TRY(make_room(slot));
    if (is_used(slot))
        return Errno::Ebadmsg;
    use(slot);
    return {};
}

void SlotMap::give_back(uint32_t slot)
{
    words_[slot / 64] &= ~(1ull << slot % 64);
    --used_count_;
    next_word_ = slot / 64;
}

Result<> SlotMap::release_later(uint32_t slot)
{
    ASSERT(slot >= formats::kSuperblockCount && is_used(slot));
    return waiting_.push(slot);
}

void SlotMap::write_block(uint64_t block, size_t count, std::span<std::byte, formats::kVolumeSlotSize> bits) const
{
    uint64_t words[kSlotsInBlock / 64] {};
    auto first = block * (kSlotsInBlock / 64);
    for (uint64_t i = 0; i < kSlotsInBlock / 64 && first + i < words_.size(); ++i)
        words[i] = words_[first + i];
    for (auto slot : waiting_.span().first(count)) {
        if (slot / kSlotsInBlock == block)
            words[slot % kSlotsInBlock / 64] &= ~(1ull << slot % 64);
    }
    std::memcpy(bits.data(), words, bits.size());
}

Result<> SlotMap::read_block(uint64_t block, std::span<std::byte const, formats::kVolumeSlotSize> bits)
{
    TRY(make_room((block + 1) * kSlotsInBlock - 1));
    auto* words = words_.data() + block * (kSlotsInBlock / 64);
    used_count_ -= count_bits(words);
    std::memcpy(words, bits.data(), bits.size());
    used_count_ += count_bits(words);
    for (uint64_t i = kSlotsInBlock / 64; i-- > 0;) {
        if (words[i]) {
            auto last = block * kSlotsInBlock + i * 64 + static_cast<uint64_t>(std::bit_width(words[i]));
            slot_count_ = static_cast<uint32_t>(last > slot_count_ ? last : slot_count_);
            break;
        }
    }
    return {};
}

void SlotMap::release_waiting(size_t count)
{
    for (auto slot : waiting_.span().first(count))
        words_[slot / 64] &= ~(1ull << slot % 64);
    used_count_ -= count;
    auto left = waiting_.size() - count;
    for (size_t i = 0; i < left; ++i)
        waiting_[i] = waiting_[count + i];
    waiting_.truncate(left);
    next_word_ = 0;
}

} // namespace farl
