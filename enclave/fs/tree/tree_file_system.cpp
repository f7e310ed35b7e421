#include "enclave/fs/tree/tree_file_system.h"

#include "enclave/fs/tree/tree_file.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constexpr uint32_t kTemporaryFile = O_TMPFILE & ~O_DIRECTORY;
constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC | kTemporaryFile;

} // namespace

Result<TreeFileSystem*> TreeFileSystem::create(std::string_view mount, NodeOrigin& origin)
{
    auto* created = new (std::nothrow) TreeFileSystem(mount, origin, TRY(origin.root()));
    return created ? Result<TreeFileSystem*>(created) : Errno::Enomem;
}

Result<TreeFileSystem*> TreeFileSystem::create_unguarded(NodeOrigin& origin)
{
    auto* created = TRY(create("", origin));
    created->is_guarded_ = false;
    return created;
}

Credentials TreeFileSystem::credentials(Whose whose) const
{
    return is_guarded_ ? caller_credentials(whose) : Credentials {};
}

Result<Ref<File>> TreeFileSystem::open_fifo(NodeRef node, uint32_t flags)
{
    Ref<PipeQueue> queue;
    {
        LockGuard guard(node->lock);
        if (!node->fifo)
            node->fifo = TRY(PipeQueue::create(false));
        queue = node->fifo;
    }
    return Ref<File>(TRY(make_ref<TreeFifo>(std::move(node), std::move(queue), flags)));
}

Result<Ref<File>> TreeFileSystem::open_node(NodeRef node, FilePath const& path, OpenRequest const& request)
{
    auto kept = request.flags & O_PATH ? request.flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW)
                                       : (request.flags & ~kOpenOnly) | 0100000;
    auto normal = TRY(normalise_path("/", path.absolute));
    if (node->is_directory()) {
        auto directory = TRY(make_ref<TreeDirectory>(*this, std::move(node), kept));
        TRY(directory->set_path(normal));
        return Ref<File>(std::move(directory));
    }
    if (S_ISFIFO(node->type()) && !(request.flags & O_PATH)) {
        auto fifo = TRY(open_fifo(std::move(node), kept));
        TRY(fifo->set_path(normal));
        return fifo;
    }
    bool has_contents = node->is_regular() && !(request.flags & O_PATH);
    if (!has_contents && !node->is_link() && !(request.flags & O_PATH))
        return Errno::Enxio; // a device or socket of the image: nothing is behind it
    if (has_contents)
        TRY(node->provide_contents());
    auto file = TRY(make_ref<TreeFile>(std::move(node), kept));
    TRY(file->set_path(normal));
    if ((request.flags & O_TRUNC) && has_contents)
        TRY(file->truncate(0));
    return Ref<File>(std::move(file));
}

Result<Ref<File>> TreeFileSystem::open_temporary(
    NodeRef const& directory, FilePath const& path, OpenRequest const& request)
{
    auto const who = credentials();
    if (!directory || !directory->is_directory())
        return directory ? Errno::Enotdir : Errno::Enoent;
    if ((request.flags & O_ACCMODE) == O_RDONLY)
        return Errno::Einval;
    TRY(check_permission(*directory, who, kMayWrite | kMayExecute));
    auto node = TRY(origin_.create(S_IFREG | request.mode, who.uid, who.gid));
    node->links = 0;
    node->may_be_linked = !(request.flags & O_EXCL);
    origin_.names_changed(*node);
    return open_node(std::move(node), path, request);
}

Result<> TreeFileSystem::check_opening(Place const& place, uint32_t flags, Credentials const& who) const
{
    auto& node = *place.node;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return Errno::Eexist;
    if (node.is_link() && !(flags & O_PATH))
        return Errno::Eloop;
    if (!node.is_directory() && flags & O_DIRECTORY)
        return Errno::Enotdir;
    if (flags & O_PATH)
        return {};
    if (node.is_directory() && ((flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT))
        return Errno::Eisdir;
    LockGuard guard(node.lock);
    TRY(check_permission(node, who, permission_for(flags)));
    return flags & O_NOATIME && !owns(node, who) ? Errno::Eperm : Result<> {};
}

Result<Ref<File>> TreeFileSystem::open(FilePath const& path, OpenRequest const& request)
{
    auto file = TRY(open_at_once(path, request));
    TRY(file->finish_opening());
    return file;
}

Result<Ref<File>> TreeFileSystem::open_at_once(FilePath const& path, OpenRequest const& request)
{
    auto flags = request.flags;
    auto const who = credentials();
    String walked;
    LockGuard guard(origin_.tree_lock);
    auto place = TRY(find(walked, path, who));
    if (flags & kTemporaryFile && !(flags & O_PATH))
        return open_temporary(place.node, path, request);
    if (!place.node && flags & O_CREAT && !(flags & O_PATH)) {
        if (place.wants_directory)
            return Errno::Eisdir;
        TRY(check_free(place, who));
        place.node = TRY(create_node(place, S_IFREG | request.mode, who));
        TRY(add_new(place, place.node));
        return open_node(place.node, path, request);
    }
    if (!place.node)
        return Errno::Enoent;
    TRY(check_opening(place, flags, who));
    return open_node(place.node, path, request);
}

Result<struct stat> TreeFileSystem::status(FilePath const& path, Follow)
{
    return with_node(
        path, [](TreeNode & node, auto const&) -> Result<struct stat> { return node.status(); });
}

Result<String> TreeFileSystem::read_link(FilePath const& path)
{
    auto node = TRY(existing(path, credentials()));
    if (!node->is_link())
        return Errno::Einval;
    return node->target.copy();
}

Result<> TreeFileSystem::check_access(FilePath const& path, uint32_t mode, bool as_effective, Follow)
{
    auto const who = credentials(as_effective ? Whose::FileAccess : Whose::Real);
    auto node = TRY(existing(path, who));
    LockGuard guard(node->lock);
    return check_permission(*node, who, mode);
}

Result<struct statfs> TreeFileSystem::file_system_status(FilePath const& path)
{
    (void)TRY(existing(path, credentials()));
    return origin_.status();
}

Result<> TreeFileSystem::change_mode(FilePath const& path, uint32_t mode, Follow)
{
    return with_node(path, [&](auto& node, auto const& who) { return farl::change_mode(node, who, mode); });
}

Result<> TreeFileSystem::change_owner(FilePath const& path, uint32_t uid, uint32_t gid, Follow)
{
    return with_node(path, [&](auto& node, auto const& who) { return farl::change_owner(node, who, uid, gid); });
}

Result<> TreeFileSystem::set_times(FilePath const& path, FileTimes const& times, Follow)
{
    return with_node(path, [&](auto& node, auto const& who) { return change_times(node, who, times); });
}

Result<> TreeFileSystem::truncate(FilePath const& path, uint64_t size)
{
    auto const who = credentials();
    auto node = TRY(existing(path, who));
    if (!node->is_regular())
        return node->is_directory() ? Errno::Eisdir : Errno::Einval;
    {
        LockGuard guard(node->lock);
        TRY(check_permission(*node, who, kMayWrite));
    }
    TRY(node->provide_contents());
    return TRY(make_ref<TreeFile>(std::move(node), O_RDWR))->truncate(size);
}

Result<size_t> TreeFileSystem::get_attribute(FilePath const& path, std::string_view name, Sink const& sink, Follow)
{
    return with_node(path, [&](auto& node, auto const& who) { return farl::get_attribute(node, who, name, sink); });
}

Result<> TreeFileSystem::set_attribute(
    FilePath const& path, std::string_view name, Source const& source, int flags, Follow)
{
    return with_node(
        path, [&](auto& node, auto const& who) { return farl::set_attribute(node, who, name, source, flags); });
}

Result<size_t> TreeFileSystem::list_attributes(FilePath const& path, Sink const& sink, Follow)
{
    return with_node(path, [&](auto& node, auto const& who) { return farl::list_attributes(node, who, sink); });
}

Result<> TreeFileSystem::remove_attribute(FilePath const& path, std::string_view name, Follow)
{
    return with_node(path, [&](auto& node, auto const& who) { return farl::remove_attribute(node, who, name); });
}

} // namespace farl
