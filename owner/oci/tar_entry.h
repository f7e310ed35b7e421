// TarEntry: one entry of a layer, its name checked and without slashes at its ends. What whiteouts mean is not its
// business.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace farl::owner {

enum class FileType { Regular, Directory, Symlink, Fifo };

struct FileAttributes {
    FileType type { FileType::Regular };
    uint32_t mode { 0 }; // permissions, set-id and sticky bits
    uint32_t uid { 0 };
    uint32_t gid { 0 };
    int64_t modified_s { 0 };
    uint32_t modified_ns { 0 };
    uint64_t size { 0 };     // of a regular file
    std::string link_target; // of a symbolic link
    std::map<std::string, std::string> xattrs;
};

struct TarEntry {
    std::string path; // relative to the root, "" for the root itself
    bool is_hard_link { false };
    std::string hard_link_target; // another path in the same form
    FileAttributes attributes;
};

inline constexpr size_t kLongestPath = 4095; // PATH_MAX without its NUL
inline constexpr size_t kLongestName = 255;

// A name as it stands in an archive ("./usr/bin/"), as a path of the form above. Throws ImageDefect if it leads out of
// the root, is absolute, or longer than Linux allows.
std::string checked_entry_path(std::string_view name);

} // namespace farl::owner
