#include "enclave/fs/ephemeral/ephemeral_nodes.h"

#include "enclave/fs/ephemeral/ephemeral_contents.h"

namespace farl {

namespace {

constexpr long kTmpfsMagic = 0x01021994;
constinit std::atomic<uint64_t> next_inode { EphemeralNodes::kFirstInode };

} // namespace

struct statfs EphemeralNodes::status_of_memory()
{
    struct statfs status { };
    status.f_type = kTmpfsMagic;
    status.f_bsize = status.f_frsize = EphemeralContents::kBlockSize;
    status.f_namelen = 255;
    status.f_blocks = status.f_bfree = status.f_bavail = (4ull << 30) / EphemeralContents::kBlockSize;
    return status;
}

Result<Ref<TreeNode>> EphemeralNodes::create_of(
    NodeOrigin* origin, uint64_t device, uint32_t mode, uint32_t uid, uint32_t gid)
{
    TreeNode::Identity const identity { device, next_inode.fetch_add(1), mode & S_IFMT };
    auto* created = new (std::nothrow) TreeNode(origin, identity, true);
    if (!created)
        return Errno::Enospc;
    auto node = adopt_ref(*created);
    if (node->is_regular())
        node->contents = TRY(make_owned<EphemeralContents>());
    node->begin(mode, uid, gid);
    return node;
}

} // namespace farl
