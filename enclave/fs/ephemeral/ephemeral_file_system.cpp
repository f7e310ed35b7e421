#include "enclave/fs/ephemeral/ephemeral_file_system.h"

#include "enclave/fs/ephemeral/ephemeral_file.h"
#include "enclave/vfs/vfs.h"

#include <linux/fs.h>

namespace farl {

namespace {

constexpr size_t kLongestName = 255;
constexpr uint32_t kTemporaryFile = O_TMPFILE & ~O_DIRECTORY;
constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC | kTemporaryFile;

std::string_view next_name(std::string_view& rest)
{
    while (rest.starts_with('/'))
        rest.remove_prefix(1);
    auto name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(name.size());
    return name;
}

bool asks_for_directory(std::string_view path) { return path.ends_with('/') || path.ends_with("/."); }

bool is_same_or_below(std::string_view path, std::string_view top)
{
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

} // namespace

Result<EphemeralFileSystem*> EphemeralFileSystem::create(std::string_view mount, void (*own)(struct stat&))
{
    struct stat owner { };
    own(owner);
    auto root = TRY(EphemeralNode::create(S_IFDIR | 01777, owner.st_uid, owner.st_gid));
    auto* created = new (std::nothrow) EphemeralFileSystem(mount, own, std::move(root));
    if (!created)
        return Errno::Enomem;
    return created;
}

Result<EphemeralFileSystem::Place> EphemeralFileSystem::find(std::string_view path, bool wants_directory)
{
    Place place { nullptr, {}, root_, wants_directory };
    auto rest = path.substr(mount_.size());
    for (auto name = next_name(rest); !name.empty(); name = next_name(rest)) {
        if (!place.node)
            return Errno::Enoent;
        if (!place.node->is_directory())
            return Errno::Enotdir;
        if (name.size() > kLongestName)
            return Errno::Enametoolong;
        place.parent = std::move(place.node);
        place.name = name;
        LockGuard guard(place.parent->lock);
        place.node = place.parent->child(name);
    }
    if (place.node && wants_directory && !place.node->is_directory())
        return Errno::Enotdir;
    return place;
}

Result<EphemeralFileSystem::Place> EphemeralFileSystem::find(String& normal, FilePath const& path)
{
    normal = TRY(normalise_path("/", path.absolute));
    return find(normal.view(), asks_for_directory(path.absolute));
}

Result<Ref<EphemeralNode>> EphemeralFileSystem::existing(FilePath const& path)
{
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, path));
    if (!place.node)
        return Errno::Enoent;
    return place.node;
}

Result<String> EphemeralFileSystem::redirect(FilePath const& path, Follow follow)
{
    auto normal = TRY(normalise_path("/", path.absolute));
    LockGuard guard(lock_);
    auto rest = normal.view().substr(mount_.size());
    auto directory = root_;
    for (auto name = next_name(rest); !name.empty(); name = next_name(rest)) {
        auto begin = static_cast<size_t>(name.data() - normal.view().data());
        auto child = directory->child(name);
        if (!child)
            return String {};
        bool goes_on = !rest.empty() || asks_for_directory(path.absolute);
        if (child->is_link() && (goes_on || follow == Follow::Yes)) {
            String result;
            if (!child->target.view().starts_with('/'))
                TRY(result.append(normal.view().substr(0, begin)));
            TRY(result.append(child->target));
            TRY(result.append(rest));
            return result;
        }
        directory = std::move(child);
    }
    return String {};
}

Result<Ref<EphemeralNode>> EphemeralFileSystem::create_node(uint32_t mode)
{
    struct stat owner { };
    own_(owner);
    return EphemeralNode::create(mode, owner.st_uid, owner.st_gid);
}

Result<> EphemeralFileSystem::check_free(Place const& place) const
{
    if (place.node)
        return Errno::Eexist;
    return {};
}

Result<> EphemeralFileSystem::add(Place const& place, NodeRef node)
{
    auto name = TRY(String::from(place.name));
    LockGuard guard(place.parent->lock);
    if (node->is_directory())
        ++place.parent->links;
    TRY(place.parent->children.push({ std::move(name), std::move(node) }));
    place.parent->note_change(true);
    return {};
}

Result<Ref<File>> EphemeralFileSystem::open_node(NodeRef node, FilePath const& path, OpenRequest const& request)
{
    auto kept = request.flags & O_PATH ? request.flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW)
                                       : (request.flags & ~kOpenOnly) | 0100000;
    auto normal = TRY(normalise_path("/", path.absolute));
    if (node->is_directory()) {
        auto directory = TRY(make_ref<EphemeralDirectory>(std::move(node), kept));
        TRY(directory->set_path(normal));
        return Ref<File>(std::move(directory));
    }
    auto file = TRY(make_ref<EphemeralFile>(std::move(node), kept));
    TRY(file->set_path(normal));
    if ((request.flags & O_TRUNC) && !(request.flags & O_PATH))
        TRY(file->truncate(0));
    return Ref<File>(std::move(file));
}

Result<Ref<File>> EphemeralFileSystem::open(FilePath const& path, OpenRequest const& request)
{
    auto flags = request.flags;
    bool writes = (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, path));
    if (flags & kTemporaryFile && place.node && place.node->is_directory()) {
        auto node = TRY(create_node(S_IFREG | request.mode));
        node->links = 0;
        return open_node(std::move(node), path, request);
    }
    if (!place.node) {
        if (!(flags & O_CREAT))
            return Errno::Enoent;
        if (place.wants_directory)
            return Errno::Eisdir;
        place.node = TRY(create_node(S_IFREG | request.mode));
        TRY(add(place, place.node));
        return open_node(place.node, path, request);
    }
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return Errno::Eexist;
    if (place.node->is_link() && !(flags & O_PATH))
        return Errno::Eloop;
    if (place.node->is_directory() && (writes || flags & O_CREAT))
        return Errno::Eisdir;
    if (!place.node->is_directory() && flags & O_DIRECTORY)
        return Errno::Enotdir;
    return open_node(place.node, path, request);
}

Result<struct stat> EphemeralFileSystem::status(FilePath const& path, Follow)
{
    auto node = TRY(existing(path));
    LockGuard guard(node->lock);
    return node->status();
}

Result<String> EphemeralFileSystem::read_link(FilePath const& path)
{
    auto node = TRY(existing(path));
    if (!node->is_link())
        return Errno::Einval;
    return node->target.copy();
}

Result<> EphemeralFileSystem::check_access(FilePath const& path, uint32_t mode, bool, Follow)
{
    constexpr uint32_t kExecute = 1;
    auto node = TRY(existing(path));
    LockGuard guard(node->lock);
    bool refused = mode & kExecute && node->is_regular() && !(node->permissions & 0111);
    return refused ? Errno::Eacces : Result<> {};
}

Result<struct statfs> EphemeralFileSystem::file_system_status(FilePath const& path)
{
    (void)TRY(existing(path));
    return ephemeral_file_system_status();
}

Result<> EphemeralFileSystem::make_directory(FilePath const& path, uint32_t mode)
{
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, path));
    TRY(check_free(place));
    return add(place, TRY(create_node(S_IFDIR | mode)));
}

// Regular files only: other kinds would need what is behind them.
Result<> EphemeralFileSystem::make_node(FilePath const& path, uint32_t mode, uint64_t)
{
    if ((mode & S_IFMT) != 0 && !S_ISREG(mode))
        return Errno::Eperm;
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, path));
    TRY(check_free(place));
    return add(place, TRY(create_node(S_IFREG | (mode & 07777))));
}

Result<> EphemeralFileSystem::make_symbolic_link(std::string_view target, FilePath const& path)
{
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, path));
    TRY(check_free(place));
    auto node = TRY(create_node(S_IFLNK | 0777));
    node->target = TRY(String::from(target));
    return add(place, std::move(node));
}

Result<> EphemeralFileSystem::remove(FilePath const& path, bool directory)
{
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, path));
    if (!place.node)
        return Errno::Enoent;
    if (!place.parent)
        return Errno::Ebusy;
    if (place.node->is_directory() != directory)
        return directory ? Errno::Enotdir : Errno::Eisdir;
    if (!place.node->children.is_empty())
        return Errno::Enotempty;
    LockGuard parent(place.parent->lock);
    LockGuard child(place.node->lock);
    place.parent->children.remove(place.parent->index_of(place.name));
    place.parent->links -= directory;
    place.parent->note_change(true);
    place.node->links -= directory ? 2 : 1;
    place.node->note_change(false);
    return {};
}

Result<> EphemeralFileSystem::check_replacement(NodeRef const& moved, Place const& target, uint32_t flags) const
{
    if (flags & RENAME_EXCHANGE)
        return target.node ? Result<> {} : Errno::Enoent;
    if (!target.node)
        return {};
    if (flags & RENAME_NOREPLACE)
        return Errno::Eexist;
    if (target.node->is_directory() != moved->is_directory())
        return moved->is_directory() ? Errno::Enotdir : Errno::Eisdir;
    return target.node->children.is_empty() ? Result<> {} : Errno::Enotempty;
}

Result<> EphemeralFileSystem::rename(FilePath const& from, FilePath const& to, uint32_t flags)
{
    if (flags & RENAME_WHITEOUT)
        return Errno::Einval;
    String from_path, to_path;
    LockGuard guard(lock_);
    auto source = TRY(find(from_path, from));
    auto target = TRY(find(to_path, to));
    if (!source.node)
        return Errno::Enoent;
    if (!source.parent || !target.parent)
        return Errno::Ebusy;
    if (source.node == target.node)
        return {};
    if (source.node->is_directory() && is_same_or_below(to_path, from_path))
        return Errno::Einval;
    TRY(check_replacement(source.node, target, flags));
    if (flags & RENAME_EXCHANGE) {
        source.parent->children[source.parent->index_of(source.name)].node = target.node;
        target.parent->children[target.parent->index_of(target.name)].node = source.node;
        return {};
    }
    if (target.node) {
        target.node->links -= target.node->is_directory() ? 2 : 1;
        target.parent->links -= target.node->is_directory();
        target.parent->children.remove(target.parent->index_of(target.name));
    }
    TRY(add(target, source.node));
    source.parent->links -= source.node->is_directory();
    auto stale = source.parent->index_of(source.name);
    source.parent->children.remove(stale);
    source.parent->note_change(true);
    return {};
}

Result<> EphemeralFileSystem::link(FilePath const& from, FilePath const& to, Follow)
{
    auto node = TRY(existing(from));
    if (node->is_directory())
        return Errno::Eperm;
    String normal;
    LockGuard guard(lock_);
    auto place = TRY(find(normal, to));
    TRY(check_free(place));
    TRY(add(place, node));
    LockGuard linked(node->lock);
    ++node->links;
    return {};
}

Result<> EphemeralFileSystem::change_mode(FilePath const& path, uint32_t mode, Follow)
{
    auto node = TRY(existing(path));
    if (node->is_link())
        return Errno::Eopnotsupp;
    LockGuard guard(node->lock);
    node->permissions = mode;
    node->note_change(false);
    return {};
}

Result<> EphemeralFileSystem::change_owner(FilePath const& path, uint32_t uid, uint32_t gid, Follow)
{
    auto node = TRY(existing(path));
    LockGuard guard(node->lock);
    if (uid != ~0u)
        node->uid = uid;
    if (gid != ~0u)
        node->gid = gid;
    node->note_change(false);
    return {};
}

Result<> EphemeralFileSystem::set_times(FilePath const& path, FileTimes const& times, Follow)
{
    auto node = TRY(existing(path));
    LockGuard guard(node->lock);
    node->set_times(times);
    return {};
}

Result<> EphemeralFileSystem::truncate(FilePath const& path, uint64_t size)
{
    auto node = TRY(existing(path));
    if (node->is_directory())
        return Errno::Eisdir;
    return TRY(make_ref<EphemeralFile>(std::move(node), O_RDWR))->truncate(size);
}

} // namespace farl
