// A minimal image of programs of this machine: the programs, their dynamic linker and libraries, what is asked for
// besides, and the few files that C libraries look for.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace farl::owner {

struct PackRequest {
    std::vector<std::string> programs; // as a person names them; the first one is the image's entry point
    struct Addition {
        std::string source;
        std::string path; // absolute, in the image
    };
    std::vector<Addition> additions;
    std::vector<std::string> environment; // NAME=VALUE
    std::string search_path;              // PATH, for programs without a slash
    std::string output;
};

struct PackedImage {
    size_t file_count;
    uint64_t size; // of the files
};

// `progress` is told how many bytes are packed, of how many. Throws UserError.
PackedImage pack_image(PackRequest const& request, std::function<void(uint64_t done, uint64_t total)> const& progress);

} // namespace farl::owner
