// Which entries of which layers must not stay, because they show names or contents of an encrypted region: also what
// upper layers hide, whiteouts of secret names, and other names of secret files.
#pragma once

#include "owner/image/image_regions.h"
#include "owner/oci/flattened_image.h"

#include <set>

namespace farl::owner {

class SecretEntries {
public:
    // Throws ImageDefect, UserError.
    SecretEntries(ImageReader const& image, FlattenedImage const& flattened, ImageRegions const& regions);

    // Whether a living file is encrypted: if one of its names is.
    bool is_secret(FileTree::NodeId id) const { return nodes_.contains(id); }
    bool is_rewritten(size_t layer) const { return !entries_[layer].empty(); }
    bool stays(size_t layer, uint32_t entry) const { return !entries_[layer].contains(entry); }

private:
    void find_nodes(FileTree const& tree);
    void find_other_names(ImageReader const& image);
    void find_entries(ImageReader const& image, FileTree const& tree);
    bool is_secret_path(std::string const& path) const;
    bool is_secret_entry(TarEntry const& entry, FileTree::Origin origin) const;

    ImageRegions const& regions_;
    std::set<FileTree::NodeId> nodes_;
    std::set<FileTree::Origin> living_secret_, living_public_;
    std::set<std::string> other_names_; // outside of encrypted regions, of files that have names inside
    std::vector<std::set<uint32_t>> entries_;
};

} // namespace farl::owner
