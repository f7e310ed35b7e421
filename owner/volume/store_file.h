// StoreFile: the store of a volume as a file of this machine: slots by their numbers. Throws UserError.
#pragma once

#include "abi/formats/volume.h"
#include "owner/launch/file_descriptor.h"

#include <span>
#include <string>

namespace farl::owner {

using SlotData = std::array<std::byte, formats::kVolumeSlotSize>;

class StoreFile {
public:
    // Nobody who asks may write it meanwhile, nor does anybody who asks now. It is a whole number of slots, or ends
    // with one that a crash has cut short.
    static StoreFile open(std::string const& path);
    // It must not be there. Readable for its owner only.
    static StoreFile create(std::string const& path);

    std::string const& path() const { return path_; }
    uint64_t size() const;
    uint32_t slot_count() const; // whole ones
    // What was never written, or is not there, is zeros: nothing that was sealed.
    SlotData read(uint32_t slot) const;
    void write(uint32_t slot, SlotData const& bytes);
    void resize(uint32_t slot_count);
    void sync();

    // Takes the place of the file at `path`, durably, with its owner and mode.
    void replace(std::string const& path);

private:
    StoreFile(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) { }
    void lock();

    FileDescriptor file_;
    std::string path_;
};

} // namespace farl::owner
