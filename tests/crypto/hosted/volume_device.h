// A host that keeps a volume, and remembers what it was asked to do.
#pragma once

#include "enclave/fs/volume/volume_store.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <vector>

namespace farl::volume_test {

using formats::kVolumeSlotSize;
using Slot = std::array<std::byte, kVolumeSlotSize>;
using Slots = std::map<uint32_t, Slot>;

// What the host is asked to do, in order.
struct Step {
    uint32_t slot { 0 };
    Slot bytes {};
    bool is_sync { false };
};

struct Device final : VolumeDevice {
    Slots slots;
    std::vector<Step>* steps { nullptr };

    Result<> read(uint32_t slot, std::span<SlotBytes const> places) override
    {
        for (auto const& place : places) {
            auto found = slots.find(slot++);
            if (found == slots.end())
                return Errno::Eio;
            std::ranges::copy(found->second, place.begin());
        }
        return {};
    }
    Result<> write(uint32_t slot, std::span<std::byte const> bytes) override
    {
        for (; !bytes.empty(); bytes = bytes.subspan(kVolumeSlotSize), ++slot) {
            Step step { .slot = slot };
            std::copy_n(bytes.begin(), kVolumeSlotSize, step.bytes.begin());
            slots[slot] = step.bytes;
            if (steps)
                steps->push_back(step);
        }
        return {};
    }
    Result<> sync() override
    {
        if (steps)
            steps->push_back({ .is_sync = true });
        return {};
    }
};

inline VolumeKey the_key(int byte = 7)
{
    VolumeKey key;
    std::ranges::fill(key.bytes(), static_cast<std::byte>(byte));
    return key;
}
inline constexpr VolumeId kId { std::byte { 1 }, std::byte { 2 } };

} // namespace farl::volume_test
