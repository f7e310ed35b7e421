// EphemeralNodes: files in enclave memory, as tmpfs: nothing of them ever leaves the enclave in clear, and they are
// gone with it.
#pragma once

#include "enclave/fs/tree/node_origin.h"

namespace farl {

class EphemeralNodes : public NodeOrigin {
public:
    explicit EphemeralNodes(uint64_t device) : device_(device) { }
    // Of an origin, or of none: memfd_create(2). ENOSPC.
    static Result<Ref<TreeNode>> create_of(
        NodeOrigin* origin, uint64_t device, uint32_t mode, uint32_t uid, uint32_t gid);
    static struct statfs status_of_memory();

    uint64_t device() const override { return device_; }
    struct statfs status() override { return status_of_memory(); }
    Result<Ref<TreeNode>> root() override { return create(S_IFDIR | 01777, 0, 0); }
    Result<Ref<TreeNode>> create(uint32_t mode, uint32_t uid, uint32_t gid) override
    {
        return create_of(this, device_, mode, uid, gid);
    }

    static constexpr uint64_t kFirstInode = 1 << 24; // an image has fewer nodes

private:
    uint64_t device_;
};

} // namespace farl
