// What `farl inspect` says of a container image.
#pragma once

#include "owner/oci/image_reader.h"

#include <string>
#include <vector>

namespace farl::owner {

struct ImageReport {
    std::string path;
    std::string digest; // of the manifest
    ImageConfig config;
    struct Layer {
        std::string digest; // of its contents, uncompressed
        size_t entries { 0 };
    };
    std::vector<Layer> layers;
    size_t file_count { 0 }; // names of anything but directories
    size_t directory_count { 0 };
    uint64_t size { 0 };   // of the files that are still there
    std::string mrenclave; // of the enclave in a protected image; empty: it is plain
};

// Reads and verifies all of it. Throws ImageDefect, UserError.
ImageReport report_of_image(std::string const& path);

std::string report_as_text(ImageReport const& report);
std::string report_as_json(ImageReport const& report);

} // namespace farl::owner
