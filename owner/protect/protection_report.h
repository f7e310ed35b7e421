// What the protection file of an image says: regions, and which files lie in them. Who has not its key learns no more
// than that there is one, unless it was published signed.
#pragma once

#include "abi/formats/fspf.h"

#include <string>
#include <vector>

namespace farl::owner {

struct ProtectionReport {
    struct Region {
        std::string prefix;
        formats::RegionKind kind;
        size_t file_count { 0 };
        uint64_t size { 0 }; // a file with several names counts once
    };
    struct File { // anything but a directory
        std::string path;
        formats::RegionKind kind;
        uint32_t mode; // as st_mode
        uint64_t size;
    };
    std::vector<Region> regions; // in the order of their prefixes
    std::vector<File> files;     // in the order of the directories

    // The one with the longest prefix that `path` lies below.
    Region& region_of(std::string_view path);
};

// `payload` is an opened protection file. Throws ImageDefect.
ProtectionReport report_of_protection(formats::Bytes payload);

} // namespace farl::owner
