// The names in a block of a volume's directory (docs/formats/volume.md). Pure.
#pragma once

#include "owner/volume/store_journal.h"

namespace farl::owner {

struct DirectoryEntry {
    std::string name; // no "." and "..", no "/" and no NUL in it
    uint64_t inode;
    uint8_t type; // DT_*
};

// Throws StoreDamage, which says what the block has wrong.
std::vector<DirectoryEntry> entries_in(SlotData const& block);

} // namespace farl::owner
