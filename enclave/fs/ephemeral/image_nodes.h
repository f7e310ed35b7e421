// ImageNodes: the files of a protected image as nodes of a tree that can be changed. A node is made when it is looked
// at, and remembered here only if it has several names, as the directories it is in remember it otherwise.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_node.h"
#include "enclave/fs/shield/protected_image.h"

namespace farl {

class ImageNodes {
public:
    // The image must outlive this object.
    explicit ImageNodes(ProtectedImage& image) : image_(image) { }

    ProtectedImage& image() { return image_; }
    formats::Fspf const& fspf() const { return image_.fspf(); }
    Result<Ref<EphemeralNode>> node(uint32_t number);

    static uint64_t inode_of(uint32_t number) { return uint64_t { number } + 1; }
    static constexpr uint64_t kFirstOtherInode = 1 << 24; // an image has fewer nodes

private:
    struct Shared {
        uint32_t number;
        Ref<EphemeralNode> node;
    };
    ProtectedImage& image_;
    Mutex lock_;
    Vector<Shared> shared_; // ascending
};

} // namespace farl
