// PackList: which files of this machine go into a packed image, each with the directories and symbolic links on its
// way, so that every path means there what it means here. Owners become root, so that who packs does not matter.
#pragma once

#include "owner/oci/tar_entry.h"

#include <functional>
#include <map>
#include <string>

namespace farl::owner {

class PackList {
public:
    struct Item {
        FileAttributes attributes;
        std::string source; // a file of this machine; empty: `text` is what it contains
        std::string text;
    };

    // Absolute paths. Throw UserError.
    void add(std::string const& path); // a file, a link and what it leads to, or all of a directory
    void add_as(std::string const& source, std::string const& path);         // under another name
    void add_directory(std::string const& path, uint32_t mode);              // made up
    void add_text(std::string const& path, std::string text, uint32_t mode); // made up; unless it is there

    // By their paths, without the slash in front; parents come before children.
    std::map<std::string, Item> const& items() const { return items_; }

private:
    std::string add_parents(std::string const& path, int links);
    void add_tree(std::string const& source, std::string const& path);
    void add_at(std::string const& path, int links);

    std::map<std::string, Item> items_;
};

} // namespace farl::owner
