// ImageTree: the files of an image as they will be in its FSPF: names, metadata, and where contents are sealed.
#pragma once

#include "abi/formats/fspf.h"
#include "owner/keys/secret.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace farl::owner {

struct ImageMetadata {
    uint32_t permissions { 0 }; // at most 07777
    uint32_t uid { 0 };
    uint32_t gid { 0 };
    int64_t modified_s { 0 };
    uint32_t modified_ns { 0 };
    std::map<std::string, std::string> attributes {}; // extended ones
};

struct ImageNode {
    uint32_t type { 0 }; // S_IFREG...
    ImageMetadata metadata;
    uint32_t links { 1 }; // of what is no directory
    std::map<std::string, std::shared_ptr<ImageNode>> children;
    std::string target; // of a symbolic link
    uint32_t major { 0 }, minor { 0 };

    // Of a regular file
    uint64_t size { 0 };
    formats::ContentKind kind { formats::ContentKind::None };
    Secret key;
    formats::Seal root {};
    uint64_t tree_offset { 0 };
    std::string stored_path;
    uint64_t data_number { 0 };
    std::vector<std::byte> patch_table;
};

class ImageTree {
public:
    ImageTree();

    // UserError if the name is there, unless both are directories: then the metadata is the new one's. Directories on
    // the way that are not there yet are root's, 0755.
    void add(std::string_view path, std::shared_ptr<ImageNode> node);
    // Null if there is none.
    std::shared_ptr<ImageNode> find(std::string_view path) const;
    ImageNode& root() { return *root_; }
    ImageNode const& root() const { return *root_; }

private:
    std::shared_ptr<ImageNode> root_;
};

} // namespace farl::owner
