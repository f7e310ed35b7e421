#include "enclave/fs/ephemeral/ephemeral_node.h"

#include "enclave/time/runtime_clock.h"

namespace farl {

namespace {

constexpr uint64_t kDeviceNumber = 7; // st_dev of all files in enclave memory
constinit std::atomic<uint64_t> next_inode { 2 };

timespec now()
{
    auto ns = monotonic_ns() + realtime_offset_ns();
    return { static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000) };
}

void set_time(timespec& time, TimeValue const& value, timespec const& current)
{
    if (value.nanoseconds == UTIME_NOW)
        time = current;
    else if (value.nanoseconds != UTIME_OMIT)
        time = { value.seconds, value.nanoseconds };
}

} // namespace

Result<Ref<EphemeralNode>> EphemeralNode::create(uint32_t mode, uint32_t uid, uint32_t gid)
{
    auto* node = new (std::nothrow) EphemeralNode(mode & S_IFMT, next_inode.fetch_add(1));
    if (!node)
        return Errno::Enospc;
    node->permissions = mode & 07777;
    node->uid = uid;
    node->gid = gid;
    node->links = node->is_directory() ? 2 : 1;
    node->accessed = node->modified = node->changed = now();
    return adopt_ref(*node);
}

struct stat EphemeralNode::status() const
{
    struct stat status { };
    status.st_dev = kDeviceNumber;
    status.st_ino = inode_;
    status.st_mode = type_ | permissions;
    status.st_nlink = links;
    status.st_uid = uid;
    status.st_gid = gid;
    status.st_size = static_cast<off_t>(is_link() ? target.size() : is_directory() ? 40 : contents.size());
    status.st_blksize = EphemeralContents::kBlockSize;
    status.st_blocks = static_cast<blkcnt_t>(contents.allocated_bytes() / 512);
    status.st_atim = accessed;
    status.st_mtim = modified;
    status.st_ctim = changed;
    return status;
}

void EphemeralNode::note_change(bool of_contents)
{
    changed = now();
    if (of_contents)
        modified = changed;
}

void EphemeralNode::set_times(FileTimes const& times)
{
    changed = now();
    set_time(accessed, times.accessed, changed);
    set_time(modified, times.modified, changed);
}

size_t EphemeralNode::index_of(std::string_view name) const
{
    size_t index = 0;
    while (index < children.size() && children[index].name.view() != name)
        ++index;
    return index;
}

Ref<EphemeralNode> EphemeralNode::child(std::string_view name) const
{
    auto index = index_of(name);
    return index < children.size() ? children[index].node : nullptr;
}

} // namespace farl
