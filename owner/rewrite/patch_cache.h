// Remembers patch tables on disk, by the contents of the analysed file, so that a file is analysed once.
//
//   DIRECTORY/patch-N/SHA256          a table, then the SHA-256 of the table (N: kAnalyserVersion)
//   DIRECTORY/patch-N/by-file/STAT    symbolic link to one of them, named by what stat(2) says of the analysed file
//
// Everything in it may be deleted at any time. A cache that is missing, unwritable or damaged only costs time. Files
// appear by rename, so any number of processes may use it at once.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace farl::owner {

class PatchCache {
public:
    // $XDG_CACHE_HOME/farl, or ~/.cache/farl; no cache at all if neither is known.
    static PatchCache of_user();
    // An empty directory name means: keep nothing.
    explicit PatchCache(std::string const& directory);

    // The table of an open ELF file; ENOEXEC if it is none that Linux would load.
    Result<std::vector<std::byte>> table_of(int fd) const;

private:
    using Table = std::vector<std::byte>;

    Result<Table> load(std::string const& path, struct stat const& file) const;
    Result<Table> analyse_and_keep(int fd, struct stat const& file) const;
    void keep(std::string const& name, Table const& table) const;
    void keep_link(struct stat const& file, std::string const& name) const;

    std::string directory_; // DIRECTORY/patch-N, or empty
};

// What most callers need: the user's cache, a path on this machine.
Result<std::vector<std::byte>> analyse_cached(std::string const& path);

} // namespace farl::owner
