// TarReader: the entries of one uncompressed tar, in order, in any dialect (ustar, GNU, PAX). Each is checked: no
// device nodes, sizes within what the caller still allows, identities of 32 bits.
#pragma once

#include "owner/oci/archive_input.h"
#include "owner/oci/tar_entry.h"

#include <cstdint>
#include <optional>

namespace farl::owner {

// What one image may hold, counted over all of its layers.
struct ImageBudget {
    uint64_t bytes { 64ull << 30 };
    uint64_t entries { 1 << 20 };
};

class TarReader {
public:
    TarReader(ByteSource& source, ImageBudget& budget);

    // None at the end. Throws ImageDefect.
    std::optional<TarEntry> next();

    // A piece of the current entry's contents; ascending, with holes between them. Valid until the next call.
    struct Piece {
        uint64_t offset;
        std::span<std::byte const> bytes;
    };
    std::optional<Piece> next_piece();

private:
    void open();
    void check(int answer) const;
    TarEntry entry_from(archive_entry* entry) const;
    void take_from_budget(TarEntry const& entry);

    ArchiveInput input_;
    ImageBudget& budget_;
    uint64_t size_ { 0 }; // of the current entry
    bool is_open_ { false };
    ArchiveHandle archive_;
};

} // namespace farl::owner
