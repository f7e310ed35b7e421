// StoredFile: bytes that the host keeps for us, and may have changed. Pure, so that tests can play the host.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace farl {

// What is wrong with a block.
enum class Tampering {
    Changed, // it is not what was sealed there
    Missing, // the file ends before it
    Absent,  // there is no such file, or it cannot be read
};

class StoredFile {
public:
    virtual ~StoredFile() = default;

    // Into memory that the host cannot change. Short where the file ends.
    virtual Result<size_t> read(uint64_t offset, std::span<std::byte> bytes) = 0;
    // For the log. Level 0 is contents, above are nodes of the tree.
    virtual void report(Tampering what, uint32_t level, uint64_t index) = 0;
};

} // namespace farl
