// RootDirectory: the directory that the program will see as `/`. Paths are resolved as if it had been chroot(2)ed
// there: a symbolic link cannot lead out of it.
#pragma once

#include "base/result.h"
#include "owner/launch/file_descriptor.h"

#include <string>

namespace farl::owner {

class RootDirectory {
public:
    // Throws UserError if it is no directory.
    static RootDirectory open(std::string const& path);

    bool is_whole_machine() const { return host_path_ == "/"; }
    std::string const& host_path() const { return host_path_; } // absolute, without symbolic links

    // `path` is absolute inside the root; `flags` as in open(2), without O_CREAT.
    Result<FileDescriptor> open_inside(std::string const& path, int flags) const;
    Result<> check_directory(std::string const& path) const;

private:
    RootDirectory(std::string host_path, FileDescriptor directory)
        : host_path_(std::move(host_path)),
          directory_(std::move(directory))
    {
    }

    std::string host_path_;
    FileDescriptor directory_;
};

} // namespace farl::owner
