// VolumeDevice: the slots of a volume, where the host keeps them. Pure, so that tests can play the host, and cut the
// power.
#pragma once

#include "abi/formats/volume.h"
#include "base/result.h"

#include <span>

namespace farl {

using SlotBytes = std::span<std::byte, formats::kVolumeSlotSize>;

class VolumeDevice {
public:
    virtual ~VolumeDevice() = default;

    // From this slot on as many as there are places, each in memory that the host cannot change. EIO if there are not
    // as many.
    virtual Result<> read(uint32_t slot, std::span<SlotBytes const> places) = 0;
    Result<> read_one(uint32_t slot, SlotBytes place) { return read(slot, std::span(&place, 1)); }
    // Whole slots. They may become durable in any order, or not at all, until sync() has returned.
    virtual Result<> write(uint32_t slot, std::span<std::byte const> bytes) = 0;
    virtual Result<> sync() = 0;
};

} // namespace farl
