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

class MappedObject : public RefCounted<MappedObject> {
public:
    virtual ~MappedObject() = default;

    // Fills [address, address + size), which is writable, from `offset`; what lies behind the end reads as zero.
    virtual Result<> read(uint64_t offset, uint64_t address, size_t size) = 0;

    // Stores shared pages, clipped to the object's size.
    virtual Result<> write_back(uint64_t offset, uint64_t address, size_t size) = 0;

    // The path stays valid as long as the object does.
    virtual MappedIdentity identity() const = 0;
};

} // namespace farl
