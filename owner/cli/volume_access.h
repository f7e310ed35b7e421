// How a command about a volume finds the store and its key.
#pragma once

#include "owner/volume/store_reader.h"

#include <CLI/App.hpp>

namespace farl::owner {

class VolumeAccess {
public:
    void add_options(CLI::App& app);

    std::string const& path() const { return path_; }
    std::string const& key_file() const { return key_file_; }
    Secret key() const { return volume_key_in(key_file_); }

    // Of a file with hexadecimal digits that others may not read. Throw UserError.
    static Secret volume_key_in(std::string const& path);
    static Secret volume_key_in_or_made(std::string const& path);

private:
    std::string path_, key_file_;
};

// A store that was opened, and all that belongs to it.
class OpenedVolume {
public:
    // Throws UserError for what is no volume, or not of this key.
    OpenedVolume(std::string const& path, Secret const& key);
    OpenedVolume(OpenedVolume const&) = delete;

    StoreFile& file() { return file_; }
    VolumeId const& id() const { return id_; }
    StoreReader const& store() const { return *store_; }

private:
    StoreFile file_;
    VolumeId id_;
    VolumeSeals seals_;
    std::optional<StoreReader> store_;
};

// 32 bytes at random, and an id.
Secret random_volume_key();
VolumeId random_volume_id();

} // namespace farl::owner
