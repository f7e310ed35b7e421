// The JSON of images, read: OCI's index, manifest and configuration, and the manifest.json of `docker save`. Pure: text
// in, values out, ImageDefect for anything else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

inline constexpr size_t kLargestImageJson = 4 << 20;
inline constexpr size_t kMostLayers = 512;

struct Descriptor {
    std::string media_type;
    std::string digest; // "sha256:..."
    uint64_t size { 0 };
};

// index.json, or an index inside it: the one manifest (or index) for Linux on x86-64.
Descriptor manifest_for_this_machine(std::string_view index);
bool is_index(Descriptor const& descriptor);

struct Manifest {
    Descriptor config;
    std::vector<Descriptor> layers;
};
Manifest manifest_from(std::string_view json);

// manifest.json of `docker save`: names of members of the archive.
struct SavedImage {
    std::string config;
    std::vector<std::string> layers;
};
SavedImage saved_image_from(std::string_view json);

struct ImageConfig {
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::vector<std::string> environment; // NAME=VALUE
    std::string working_directory;
    std::string user;
    std::vector<std::string> diff_ids; // of the layers, uncompressed
    std::string json;                  // as it was, for what is kept of it
};
ImageConfig image_config_from(std::string_view json);

} // namespace farl::owner
