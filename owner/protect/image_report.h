// What `farl inspect` says of a container image.
#pragma once

#include "owner/oci/image_reader.h"
#include "owner/protect/protection_report.h"

#include <optional>
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
    std::string mrenclave; // of the enclave in a protected image, measured; empty: it is plain

    // Of a protected image whose keys are there, or that is only signed.
    std::optional<ProtectionReport> protection;
    struct Program {
        std::string path;
        size_t argument_count { 0 }; // arguments and variables are secret
        size_t variable_count { 0 };
    };
    std::optional<Program> program;
    std::string keys; // which file has its keys, or would
};

// Reads and verifies all of it. `keys` opens a protected image; if it is empty, the file beside the image does, if it
// is there. Throws ImageDefect, UserError.
ImageReport report_of_image(std::string const& path, std::string const& keys);

// With or without each file.
std::string report_as_text(ImageReport const& report, bool lists_files);
std::string report_as_json(ImageReport const& report, bool lists_files);

} // namespace farl::owner
