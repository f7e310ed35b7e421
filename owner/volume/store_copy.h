// Copies what a volume holds into a new store: packed, and under another key if need be.
#pragma once

#include "owner/volume/store_reader.h"

namespace farl::owner {

using StoreProgress = std::function<void(uint64_t done, uint64_t total)>;

// An empty volume: its root, and nothing in it.
void make_empty_store(StoreFile& to, VolumeSeals const& seals);

// In the same state: whoever knows the newest one finds it in the copy. `seal_count`: how many seals the copy's key
// has made before. Durable when it returns. Throws StoreDamage, UserError.
void copy_store(StoreReader const& from, StoreFile& to, VolumeSeals const& seals, uint64_t seal_count,
    StoreProgress const& progress);

// How many seals its key has made, as far as the store shows.
uint64_t seal_count_of(StoreReader const& store);

} // namespace farl::owner
