#include "enclave/fs/ephemeral/memory_file.h"

#include "enclave/fs/ephemeral/ephemeral_nodes.h"
#include "enclave/fs/tree/tree_file.h"

namespace farl {

Result<Ref<File>> create_memory_file(std::string_view path, uint32_t uid, uint32_t gid, uint32_t seals)
{
    constexpr uint32_t kLargeFile = 0100000;
    auto node = TRY(EphemeralNodes::create_of(nullptr, kUnnamedDevice, S_IFREG | 0777, uid, gid));
    node->seals = seals;
    node->links = 0;
    auto file = TRY(make_ref<TreeFile>(std::move(node), O_RDWR | kLargeFile));
    TRY(file->set_path(path));
    return Ref<File>(std::move(file));
}

} // namespace farl
