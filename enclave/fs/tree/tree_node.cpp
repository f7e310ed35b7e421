#include "enclave/fs/tree/tree_node.h"

#include "enclave/fs/tree/node_origin.h"
#include "enclave/time/runtime_clock.h"

#include <algorithm>
#include <dirent.h>

namespace farl {

namespace {

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

Result<uint64_t> NodeOrigin::find(TreeNode& directory, std::string_view name)
{
    TRY(directory.know_all());
    return directory.known_inode(name);
}

void TreeNode::begin(uint32_t mode, uint32_t owner, uint32_t group)
{
    permissions = mode & 07777;
    uid = owner;
    gid = group;
    links = is_directory() ? 2 : 1;
    accessed = modified = changed = now();
}

Result<> TreeNode::provide_contents()
{
    LockGuard guard(lock);
    return origin_ ? origin_->provide_contents(*this) : Result<> {};
}

Result<> TreeNode::sync() { return origin_ ? origin_->sync() : Result<> {}; }

Result<FileLocks*> TreeNode::provide_locks()
{
    LockGuard guard(lock);
    if (!locks.load())
        locks.store(new (std::nothrow) FileLocks);
    return locks.load() ? Result<FileLocks*>(locks.load()) : Errno::Enolck;
}

struct stat TreeNode::status() const
{
    struct stat status { };
    status.st_dev = device();
    status.st_ino = inode();
    status.st_mode = type() | permissions;
    status.st_nlink = links;
    status.st_uid = uid;
    status.st_gid = gid;
    status.st_size = static_cast<off_t>(contents ? contents->size() : is_directory() ? 40 : target.size());
    status.st_blksize = kPageSize;
    status.st_blocks = static_cast<blkcnt_t>(contents ? contents->allocated_bytes() / 512 : 0);
    status.st_atim = accessed;
    status.st_mtim = modified;
    status.st_ctim = changed;
    return status;
}

void TreeNode::note_change(bool of_contents)
{
    changed = now();
    if (of_contents)
        modified = changed;
    if (origin_)
        origin_->node_changed(*this);
}

void TreeNode::set_times(FileTimes const& times)
{
    changed = now();
    set_time(accessed, times.accessed, changed);
    set_time(modified, times.modified, changed);
    if (origin_)
        origin_->node_changed(*this);
}

size_t TreeNode::place_of(std::string_view name) const
{
    size_t begin = 0, end = children_.size();
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (children_[middle].name.view() < name)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

bool TreeNode::has(size_t place, std::string_view name) const
{
    return place < children_.size() && children_[place].name.view() == name;
}

uint64_t TreeNode::known_inode(std::string_view name) const
{
    auto const place = place_of(name);
    return has(place, name) ? children_[place].inode : 0;
}

Result<Ref<TreeNode>> TreeNode::child(std::string_view name)
{
    auto inode = known_inode(name);
    if (!inode && !knows_all_)
        inode = TRY(origin_->find(*this, name));
    if (!inode)
        return Ref<TreeNode> {};
    auto const place = place_of(name);
    bool is_known = has(place, name);
    if (is_known && children_[place].node)
        return children_[place].node;
    auto node = TRY(origin_->node(inode));
    if (node->is_directory())
        node->parent = this;
    if (is_known)
        children_[place].node = node;
    else
        TRY(children_.insert(place, { TRY(String::from(name)), node, inode, node->type() }));
    return node;
}

Result<> TreeNode::know_all()
{
    if (knows_all_)
        return {};
    Vector<Entry> all;
    TRY(origin_->read_entries(*this, all));
    for (size_t i = 0, known = 0; known < children_.size() && i < all.size(); ++i) // both ascend
        if (all[i].name.view() == children_[known].name.view())
            all[i].node = std::move(children_[known++].node);
    children_ = std::move(all);
    knows_all_ = true;
    return {};
}

Result<> TreeNode::append_directories(Vector<TreeNode*>& all) const
{
    for (auto const& entry : children_)
        if (entry.node && entry.node->is_directory())
            TRY(all.push(entry.node.get()));
    return {};
}

// What is open, mapped, or changed since the last commit has more references than that of its name. A directory is the
// parent of those in it.
bool TreeNode::can_be_forgotten() const
{
    auto is_known = [](Entry const& entry) { return static_cast<bool>(entry.node); };
    return ref_count() == 1 && !seals && std::ranges::none_of(children_.span(), is_known);
}

void TreeNode::forget_unused()
{
    for (auto& entry : children_)
        if (entry.node && (origin_->remembers(*entry.node) || entry.node->can_be_forgotten()))
            entry.node = nullptr;
}

Result<bool> TreeNode::is_empty()
{
    TRY(know_all());
    return children_.is_empty();
}

Result<> TreeNode::add(std::string_view name, Ref<TreeNode> node)
{
    TRY(know_all());
    TRY(children_.reserve_for(1));
    Entry entry { TRY(String::from(name)), node, node->inode(), node->type() };
    if (origin_)
        TRY(origin_->add_entry(*this, entry));
    MUST(children_.insert(place_of(name), std::move(entry)));
    if (node->is_directory()) {
        node->parent = this;
        ++links;
    }
    note_change(true);
    return {};
}

Result<> TreeNode::replace(std::string_view name, Ref<TreeNode> node)
{
    TRY(know_all());
    auto& entry = children_[place_of(name)];
    ASSERT(entry.name.view() == name && entry.node);
    if (origin_)
        TRY(origin_->replace_entry(*this, entry, *node));
    links += node->is_directory();
    links -= entry.node->is_directory();
    if (node->is_directory())
        node->parent = this;
    entry.inode = node->inode();
    entry.type = node->type();
    entry.node = std::move(node);
    note_change(true);
    return {};
}

Result<> TreeNode::remove(std::string_view name)
{
    TRY(know_all());
    auto const place = place_of(name);
    ASSERT(has(place, name) && children_[place].node);
    if (origin_)
        TRY(origin_->remove_entry(*this, children_[place]));
    links -= children_[place].node->is_directory();
    children_.remove(place);
    note_change(true);
    return {};
}

Result<> TreeNode::list(DirectoryEntries& entries)
{
    TRY(know_all());
    for (auto const& entry : children_)
        TRY(entries.push({ TRY(entry.name.copy()), entry.inode, static_cast<uint8_t>(IFTODT(entry.type)) }));
    return {};
}

std::string_view TreeNode::name_of(TreeNode const& child) const
{
    for (auto const& entry : children_)
        if (entry.node.get() == &child)
            return entry.name.view();
    return {};
}

} // namespace farl
