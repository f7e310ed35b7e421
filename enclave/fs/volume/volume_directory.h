// VolumeDirectory: the names in a directory of a volume, as its blocks have them (docs/formats/volume.md). Where a name
// is, is remembered by whoever knows the names; here is remembered how much room each block has.
#pragma once

#include "base/string.h"
#include "enclave/fs/volume/volume_store.h"

namespace farl {

class VolumeDirectory {
public:
    struct Name {
        String name;
        uint64_t inode;
        uint8_t type; // DT_*
        uint32_t block;
    };

    explicit VolumeDirectory(uint64_t number) : number_(number) { }

    // All of them, in no order, before anything changes. EBADMSG if a block cannot be what was written there.
    Result<> read(VolumeStore& store, Vector<Name>& names);
    // The block it is in now. The name is not there yet, and has 1 to 255 bytes.
    Result<uint32_t> add(VolumeStore& store, std::string_view name, uint64_t inode, uint8_t type);
    Result<> remove(VolumeStore& store, uint32_t block, std::string_view name);
    Result<> replace(VolumeStore& store, uint32_t block, std::string_view name, uint64_t inode, uint8_t type);

private:
    Result<uint32_t> block_with_room(VolumeStore& store, size_t wanted);

    uint64_t number_;
    Vector<uint16_t> room_; // of each block, in bytes
    size_t hint_ { 0 };     // blocks before it have little room
};

} // namespace farl
