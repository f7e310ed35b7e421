// MappedObject: what a mapping that is not plain anonymous memory shows: a file, a memfd, a device.
// When its pages are filled and written back is the business of whoever calls the address space.
#pragma once

#include "base/ref.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farl {

// What /proc/self/maps prints, and what tells two objects apart.
struct MappedIdentity {
    uint32_t device_major { 0 };
    uint32_t device_minor { 0 };
    uint64_t inode { 0 };
    std::string_view path;
};

// Tells objects whose bytes are shared apart; inode 0 is none.
struct ObjectKey {
    uint64_t device { 0 };
    uint64_t inode { 0 };
    bool operator==(ObjectKey const&) const = default;
};

class MappedObject : public RefCounted<MappedObject> {
public:
    virtual ~MappedObject() = default;

    // Fills [address, address + size), which is writable, from `offset`. How much there was; the rest of the last page
    // is zero.
    virtual Result<size_t> read(uint64_t offset, uint64_t address, size_t size) = 0;

    // Stores shared pages, clipped to the object's size.
    virtual Result<> write_back(uint64_t offset, uint64_t address, size_t size) = 0;

    // msync(2) with MS_SYNC: what was written back is there to stay.
    virtual Result<> sync() { return {}; }

    // The same for all mappings that show the same bytes. None: each mapping keeps its own.
    virtual ObjectKey key() const { return {}; }

    // The path stays valid as long as the object does.
    virtual MappedIdentity identity() const = 0;
};

} // namespace farl
