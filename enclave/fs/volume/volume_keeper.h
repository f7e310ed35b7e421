// VolumeKeeper: who remembers a volume's newest state, so that an older copy can be told from it.
#pragma once

#include "enclave/fs/volume/commit_journal.h"

namespace farl {

class VolumeKeeper {
public:
    virtual ~VolumeKeeper() = default;
    // A commit is durable at the host. Returns when a program may be told so: strict: when the CAS has it; else at
    // once.
    virtual Result<> committed(VolumeState const& state) = 0;
    // Returns when the CAS has this state, in strict and lazy: before a checkpoint drops the journal that leads here
    // from older states, and at exit.
    virtual Result<> settle(VolumeState const& state) = 0;
};

} // namespace farl
