// Volumes of this enclave: directories whose files the host keeps, encrypted (docs/formats/volume.md).
#pragma once

#include "enclave/fs/volume/volume_keeper.h"
#include "enclave/vfs/file_system.h"

namespace farl {

struct VolumeMount {
    std::string_view path; // where it is mounted, normal, not "/"; has to stay
    VolumeKey key;
    VolumeId id;
    VolumeState newest; // sequence 0: the keeper knows of no commit yet, so an empty device becomes an empty volume
};

// Ready to be mounted. ENOENT, EBADMSG, ESTALE as VolumeStore::open. All of it outlives the file system.
Result<FileSystem*> open_volume(
    VolumeMount const& mount, VolumeDevice& device, VolumeKeeper& keeper, BlockCache& cache);
// Commits what was done in all volumes.
void write_back_volumes();
// At the end of the program: all of it is there, and the keepers know.
void close_volumes();

} // namespace farl
