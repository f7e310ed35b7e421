// FlattenedImage: an image as a tree of files, and a way to visit the contents of them all: once through each layer.
#pragma once

#include "owner/oci/file_tree.h"
#include "owner/oci/image_reader.h"

#include <functional>

namespace farl::owner {

class FlattenedImage {
public:
    // `done` is told the number of each layer when it was read. Throws ImageDefect, UserError.
    FlattenedImage(ImageReader const& image, ImageBudget budget, std::function<void(size_t layer)> const& done = {});

    FileTree const& tree() const { return tree_; }
    std::vector<size_t> const& entry_counts() const { return entry_counts_; } // of each layer

    // Each regular file that is still there, in the order of the layers; `visit` may take its pieces, or not. Layers
    // are verified again: if this returns, all that was visited is what the digests say.
    using Visit = std::function<void(FileTree::NodeId, LayerReader& pieces)>;
    void visit_contents(Visit const& visit, std::function<void(size_t layer)> const& done = {}) const;

private:
    ImageReader const& image_;
    ImageBudget budget_;
    FileTree tree_;
    std::vector<size_t> entry_counts_;
    std::map<FileTree::Origin, FileTree::NodeId> files_; // regular ones
};

} // namespace farl::owner
