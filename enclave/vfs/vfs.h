// Vfs: which file system a path belongs to. Mounts are chosen by the longest prefix of the path's names.
#pragma once

#include "enclave/vfs/file_system.h"

namespace farl {

struct Location {
    FileSystem* file_system { nullptr };
    String path; // absolute within the container
};

class Vfs {
public:
    // `prefix` is "/" or a path without a trailing slash; static text. At start only.
    Result<> mount(std::string_view prefix, FileSystem& file_system);

    // `base` is the absolute directory that a relative path starts from. ENOENT for an empty path.
    Result<Location> resolve(std::string_view base, std::string_view path) const;

private:
    struct Mount {
        std::string_view prefix;
        FileSystem* file_system;
    };
    FileSystem& file_system_for(std::string_view normal_path) const;

    Vector<Mount> mounts_;
};

Vfs& vfs();

// Joins and cleans: no empty or "." names; ".." removes the name before it. Lexical: for choosing a mount and for
// file systems without symbolic links.
Result<String> normalise_path(std::string_view base, std::string_view path);

} // namespace farl
