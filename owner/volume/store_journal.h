// StoreJournal: what the journal of a store has changed since its checkpoint, by the rules of docs/formats/volume.md:
// whole commits only, and of those that were never acknowledged only the ones whose contents are there.
#pragma once

#include "owner/volume/volume_seals.h"

#include <map>
#include <stdexcept>
#include <vector>

namespace farl::owner {

// What keeps a store, or a part of it, from being read, for a person.
class StoreDamage : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct StoreJournal {
    // Of one inode.
    struct Changes {
        std::map<uint64_t, formats::BlockSeal> blocks; // that lie elsewhere now, or are holes
        uint64_t kept { ~uint64_t { 0 } };             // from this block on nothing of the checkpoint is left
        std::optional<formats::VolumeInode> value;     // its root does not count
    };
    std::map<uint64_t, Changes> inodes;
    std::vector<formats::MappedBlock> mapped; // each that has a slot, also what was changed again later
    std::vector<uint32_t> slots;              // of its blocks, and the one where it goes on
    std::vector<StoreState> states;           // the checkpoint's, then that of each commit
    uint64_t inode_count { 0 };
    uint64_t free_inode { 0 };
    size_t unfinished_blocks { 0 }; // behind the last commit that counts

    StoreState const& state() const { return states.back(); }
};

// Throws StoreDamage.
StoreJournal read_journal(StoreFile const& file, VolumeSeals const& seals, formats::Checkpoint const& checkpoint);

} // namespace farl::owner
