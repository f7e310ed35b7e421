// Decompressor: what a layer's blob holds once gzip or zstd is undone, if it was used. Which, the first bytes tell.
#pragma once

#include "owner/oci/archive_input.h"

#include <cstdint>

namespace farl::owner {

class Decompressor final : public ByteSource {
public:
    explicit Decompressor(ByteSource& source);
    // Throws ImageDefect: damaged, or a bomb.
    size_t read(std::span<std::byte> buffer) override;

private:
    void check_expansion() const;

    ArchiveInput input_;
    uint64_t size_ { 0 };
    bool is_open_ { false };
    ArchiveHandle archive_;
};

} // namespace farl::owner
