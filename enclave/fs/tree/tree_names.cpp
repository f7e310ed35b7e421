// TreeFileSystem: names that come, go and move.
#include "enclave/fs/tree/tree_file.h"
#include "enclave/fs/tree/tree_file_system.h"

#include <linux/fs.h>

namespace farl {

namespace {

bool is_same_or_below(TreeNode const* directory, TreeNode const& top)
{
    for (; directory; directory = directory->parent)
        if (directory == &top)
            return true;
    return false;
}

std::string_view last_name(std::string_view path)
{
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path.substr(path.rfind('/') + 1);
}

Result<bool> is_empty(TreeNode& directory)
{
    LockGuard guard(directory.lock);
    return directory.is_empty();
}

bool is_dot(std::string_view name) { return name == "." || name == ".."; }

void unlink(TreeNode& node)
{
    LockGuard guard(node.lock);
    node.links -= node.is_directory() ? 2 : 1;
    node.parent = nullptr;
    node.note_change(false);
    if (node.links == 0 && node.origin())
        node.origin()->names_changed(node);
}

} // namespace

// A directory with the set-group-ID bit gives its group, and directories the bit too: inode(7).
Result<Ref<TreeNode>> TreeFileSystem::create_node(Place const& place, uint32_t mode, Credentials const& who)
{
    LockGuard guard(place.parent->lock);
    bool gives_group = place.parent->permissions & S_ISGID;
    if (gives_group && S_ISDIR(mode))
        mode |= S_ISGID;
    return origin_.create(mode, who.uid, gives_group ? place.parent->gid : who.gid);
}

Result<> TreeFileSystem::add(Place const& place, NodeRef node)
{
    LockGuard guard(place.parent->lock);
    return place.parent->add(place.name, std::move(node));
}

// What was made for this place is nowhere else.
Result<> TreeFileSystem::add_new(Place const& place, NodeRef node)
{
    auto added = add(place, node);
    if (added.is_error())
        node->links = 0;
    return added;
}

Result<> TreeFileSystem::check_free(Place const& place, Credentials const& who) const
{
    if (place.node)
        return Errno::Eexist;
    LockGuard guard(place.parent->lock);
    if (place.parent->links == 0)
        return Errno::Enoent; // it was removed
    return check_permission(*place.parent, who, kMayWrite | kMayExecute);
}

Result<> TreeFileSystem::check_removal(Place const& place, Credentials const& who) const
{
    LockGuard guard(place.parent->lock);
    TRY(check_permission(*place.parent, who, kMayWrite | kMayExecute));
    return check_sticky(*place.parent, *place.node, who);
}

// `target` is that of a symbolic link.
Result<> TreeFileSystem::make(FilePath const& path, uint32_t mode, std::string_view target)
{
    auto const who = credentials();
    String walked;
    LockGuard guard(origin_.tree_lock);
    auto place = TRY(find(walked, path, who));
    TRY(check_free(place, who));
    if (place.wants_directory && !S_ISDIR(mode))
        return Errno::Enoent;
    auto node = TRY(create_node(place, mode, who));
    node->target = TRY(String::from(target));
    return add_new(place, std::move(node));
}

Result<> TreeFileSystem::make_directory(FilePath const& path, uint32_t mode) { return make(path, S_IFDIR | mode); }

// What is behind a FIFO is made when it is opened. Devices are not made here.
Result<> TreeFileSystem::make_node(FilePath const& path, uint32_t mode, uint64_t)
{
    auto const type = mode & S_IFMT ? mode & S_IFMT : uint32_t { S_IFREG };
    if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK)
        return Errno::Eperm;
    return make(path, type | (mode & 07777));
}

Result<> TreeFileSystem::make_symbolic_link(std::string_view target, FilePath const& path)
{
    return make(path, S_IFLNK | 0777, target);
}

Result<> TreeFileSystem::remove(FilePath const& path, bool directory)
{
    auto const who = credentials();
    String walked;
    LockGuard guard(origin_.tree_lock);
    auto place = TRY(find(walked, path, who));
    if (!place.node)
        return Errno::Enoent;
    if (auto last = last_name(path.absolute); directory && (last == "." || last == ".."))
        return last == "." ? Errno::Einval : Errno::Enotempty;
    if (!place.parent)
        return Errno::Ebusy;
    TRY(check_removal(place, who));
    if (place.node->is_directory() != directory)
        return directory ? Errno::Enotdir : Errno::Eisdir;
    if (directory && !TRY(is_empty(*place.node)))
        return Errno::Enotempty;
    {
        LockGuard parent(place.parent->lock);
        TRY(place.parent->remove(place.name));
    }
    unlink(*place.node);
    return {};
}

Result<> TreeFileSystem::check_replacement(NodeRef const& moved, Place const& target, uint32_t flags) const
{
    if (flags & RENAME_EXCHANGE)
        return target.node ? Result<> {} : Errno::Enoent;
    if (!target.node)
        return {};
    if (flags & RENAME_NOREPLACE)
        return Errno::Eexist;
    if (target.node->is_directory() != moved->is_directory())
        return moved->is_directory() ? Errno::Enotdir : Errno::Eisdir;
    bool is_full = target.node->is_directory() && !TRY(is_empty(*target.node));
    return is_full ? Errno::Enotempty : Result<> {};
}

Result<> TreeFileSystem::check_move(
    Place const& source, Place const& target, uint32_t flags, Credentials const& who) const
{
    auto& moved = *source.node;
    if (target.wants_directory && !moved.is_directory())
        return Errno::Enotdir;
    if (moved.is_directory() && is_same_or_below(target.parent.get(), moved))
        return Errno::Einval;
    if (flags & RENAME_EXCHANGE && target.node && target.node->is_directory()
        && is_same_or_below(source.parent.get(), *target.node))
        return Errno::Einval;
    TRY(check_removal(source, who));
    if (target.node)
        TRY(check_removal(target, who));
    else
        TRY(check_free(target, who));
    bool is_elsewhere = !(source.parent == target.parent);
    if (moved.is_directory() && is_elsewhere)
        TRY(check_permission(moved, who, kMayWrite)); // its ".." changes
    return check_replacement(source.node, target, flags);
}

Result<> TreeFileSystem::exchange(Place const& source, Place const& target)
{
    {
        LockGuard guard(source.parent->lock);
        TRY(source.parent->replace(source.name, target.node));
    }
    LockGuard guard(target.parent->lock);
    return target.parent->replace(target.name, source.node);
}

Result<> TreeFileSystem::move(Place const& source, Place const& target)
{
    auto moved = source.node;
    {
        LockGuard guard(target.parent->lock);
        if (target.node)
            TRY(target.parent->replace(target.name, moved));
        else
            TRY(target.parent->add(target.name, moved));
    }
    if (target.node)
        unlink(*target.node);
    LockGuard guard(source.parent->lock);
    return source.parent->remove(source.name);
}

Result<> TreeFileSystem::rename(FilePath const& from, FilePath const& to, uint32_t flags)
{
    if (flags & RENAME_WHITEOUT)
        return Errno::Einval;
    auto const who = credentials();
    String from_path, to_path;
    LockGuard guard(origin_.tree_lock);
    auto source = TRY(find(from_path, from, who));
    auto target = TRY(find(to_path, to, who));
    if (!source.node)
        return Errno::Enoent;
    if (!source.parent || !target.parent || is_dot(last_name(from.absolute)) || is_dot(last_name(to.absolute)))
        return Errno::Ebusy;
    if (target.node && is_same_or_below(source.parent.get(), *target.node) && !(flags & RENAME_EXCHANGE))
        return flags & RENAME_NOREPLACE ? Errno::Eexist : Errno::Enotempty;
    if (source.node == target.node)
        return flags & RENAME_NOREPLACE ? Errno::Eexist : Result<> {};
    TRY(check_move(source, target, flags, who));
    TRY(flags & RENAME_EXCHANGE ? exchange(source, target) : move(source, target));
    LockGuard moved(source.node->lock);
    source.node->note_change(false);
    return {};
}

// With the tree's lock held.
Result<> TreeFileSystem::link_node(NodeRef node, FilePath const& to)
{
    auto const who = credentials();
    String walked;
    auto place = TRY(find(walked, to, who));
    TRY(check_free(place, who));
    if (node->is_directory())
        return Errno::Eperm;
    if (node->links == 0 && !node->may_be_linked)
        return Errno::Enoent;
    TRY(add(place, node));
    LockGuard linked(node->lock);
    ++node->links;
    node->note_change(false);
    if (node->links == 1)
        origin_.names_changed(*node);
    return {};
}

Result<> TreeFileSystem::link(FilePath const& from, FilePath const& to, Follow)
{
    auto node = TRY(existing(from, credentials()));
    LockGuard guard(origin_.tree_lock);
    return link_node(std::move(node), to);
}

Result<> TreeFileSystem::link_file(File& file, FilePath const& to)
{
    auto* node = file.as_tree_node();
    if (!node || node->device() != origin_.device())
        return Errno::Exdev;
    LockGuard guard(origin_.tree_lock);
    return link_node(NodeRef(*node), to);
}

} // namespace farl
