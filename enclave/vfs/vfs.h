// Vfs: which file system a path belongs to. Mounts are chosen by the longest prefix of the path's names.
#pragma once

#include "enclave/vfs/file_system.h"

namespace farl {

struct Location {
    FileSystem* file_system { nullptr };
    String path; // absolute within the container
    Ref<File> directory {};
    String relative {}; // from `directory`

    FilePath file_path() const { return { path, directory.get(), relative.view() }; }
};

// Where relative paths start: an open directory, or only its absolute path.
struct StartDirectory {
    Ref<File> file;
    String path;
};

class Vfs {
public:
    // `prefix` is "/" or a path without a trailing slash; static text. At start only.
    Result<> mount(std::string_view prefix, FileSystem& file_system);
    // What is mounted there already.
    void replace(std::string_view prefix, FileSystem& file_system);

    // ENOENT for an empty path. `follow` is about a link behind the last name.
    Result<Location> resolve(StartDirectory const& start, std::string_view path, Follow follow) const;
    Result<Location> resolve_absolute(std::string_view path, Follow follow = Follow::Yes) const;

    FileSystem& file_system_for(std::string_view normal_path) const;

    void sync() const;

private:
    struct Mount {
        std::string_view prefix;
        FileSystem* file_system;
    };
    Result<Location> locate(StartDirectory const& start, std::string_view path) const;

    Vector<Mount> mounts_;
};

Vfs& vfs();

// Joins and cleans: no empty or "." names; ".." removes the name before it. Lexical: for choosing a mount and for
// file systems without symbolic links.
Result<String> normalise_path(std::string_view base, std::string_view path);

} // namespace farl
