// ImageNodes: the files of a protected image as nodes of a tree that can be changed; what is new, or was changed, is in
// enclave memory. A node is made when it is looked at, and remembered here only if it has several names, as the
// directories it is in remember it otherwise.
#pragma once

#include "enclave/fs/ephemeral/ephemeral_nodes.h"
#include "enclave/fs/shield/protected_image.h"

namespace farl {

class ImageNodes final : public EphemeralNodes {
public:
    // The image must outlive this object.
    explicit ImageNodes(ProtectedImage& image) : EphemeralNodes(kImageDevice), image_(image) { }

    Result<Ref<TreeNode>> root() override { return make(formats::Fspf::kRoot); }
    Result<Ref<TreeNode>> node(uint64_t inode) override;
    Result<uint64_t> find(TreeNode& directory, std::string_view name) override;
    Result<> read_entries(TreeNode const& directory, Vector<TreeNode::Entry>& all) override;
    Result<> provide_contents(TreeNode& node) override;
    std::span<std::byte const> patch_table(TreeNode const& node) const override;

private:
    struct Shared {
        uint32_t number;
        Ref<TreeNode> node;
    };
    formats::Fspf const& fspf() const { return image_.fspf(); }
    static uint64_t inode_of(uint32_t number) { return uint64_t { number } + 1; }
    static uint32_t number_of(uint64_t inode) { return static_cast<uint32_t>(inode - 1); }
    static bool is_of_image(TreeNode const& node) { return node.inode() < kFirstInode; }
    Result<Ref<TreeNode>> make(uint32_t number);

    ProtectedImage& image_;
    Mutex lock_;
    Vector<Shared> shared_; // ascending
};

} // namespace farl
