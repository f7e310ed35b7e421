#include "enclave/syscall/names.h"

#include "enclave/syscall/target.h"

#include <linux/fs.h>

namespace farl {

namespace {

// An empty path names the link that an O_PATH | O_NOFOLLOW descriptor has open.
Result<String> read_open_link(Thread& caller, int descriptor)
{
    auto file = TRY(caller.any_file(descriptor));
    if (!S_ISLNK(TRY(file->status()).st_mode))
        return Errno::Enoent;
    auto location = TRY(vfs().resolve_absolute(TRY(file->current_path()), Follow::No));
    return location.file_system->read_link(location.file_path());
}

Result<String> read_link_at(Thread& caller, int directory, UserString path)
{
    auto text = TRY(path.read());
    if (text.is_empty() && directory != AT_FDCWD)
        return read_open_link(caller, directory);
    auto location = TRY(locate(caller, directory, text.view(), Follow::No));
    return location.file_system->read_link(location.file_path());
}

Result<> link_open_file(Thread& caller, int descriptor, Location const& to)
{
    auto file = TRY(caller.any_file(descriptor));
    return to.file_system->link_file(*file, to.file_path());
}

Result<> check_node_type(uint32_t type)
{
    if (type == S_IFDIR)
        return Errno::Eperm;
    bool is_known =
        !type || type == S_IFREG || type == S_IFCHR || type == S_IFBLK || type == S_IFIFO || type == S_IFSOCK;
    return is_known ? Result<> {} : Errno::Einval;
}

} // namespace

// readlinkat(2): cut to the buffer, without a terminator
Result<size_t> sys_readlinkat(Thread& caller, int directory, UserString path, UserBytes buffer, int size)
{
    if (size <= 0)
        return Errno::Einval;
    auto target = TRY(read_link_at(caller, directory, path));
    auto count = target.size() < static_cast<size_t>(size) ? target.size() : static_cast<size_t>(size);
    TRY(copy_to_user(buffer.address, target.c_str(), count));
    return count;
}

// readlink(2)
Result<size_t> sys_readlink(Thread& caller, UserString path, UserBytes buffer, int size)
{
    return sys_readlinkat(caller, AT_FDCWD, path, buffer, size);
}

// unlinkat(2)
Result<> sys_unlinkat(Thread& caller, int directory, UserString path, int flags)
{
    if (flags & ~AT_REMOVEDIR)
        return Errno::Einval;
    auto location = TRY(locate(caller, directory, path, Follow::No));
    return location.file_system->remove(location.file_path(), flags & AT_REMOVEDIR);
}

// unlink(2)
Result<> sys_unlink(Thread& caller, UserString path) { return sys_unlinkat(caller, AT_FDCWD, path, 0); }

// renameat2(2)
Result<> sys_renameat2(
    Thread& caller, int from_directory, UserString from, int to_directory, UserString to, uint32_t flags)
{
    if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
        return Errno::Einval;
    if ((flags & RENAME_EXCHANGE) && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)))
        return Errno::Einval;
    auto source = TRY(locate(caller, from_directory, from, Follow::No));
    auto target = TRY(locate(caller, to_directory, to, Follow::No));
    if (source.file_system != target.file_system)
        return Errno::Exdev;
    return source.file_system->rename(source.file_path(), target.file_path(), flags);
}

// rename(2)
Result<> sys_rename(Thread& caller, UserString from, UserString to)
{
    return sys_renameat2(caller, AT_FDCWD, from, AT_FDCWD, to, 0);
}

// renameat(2)
Result<> sys_renameat(Thread& caller, int from_directory, UserString from, int to_directory, UserString to)
{
    return sys_renameat2(caller, from_directory, from, to_directory, to, 0);
}

// linkat(2)
Result<> sys_linkat(Thread& caller, int from_directory, UserString from, int to_directory, UserString to, int flags)
{
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return Errno::Einval;
    auto text = TRY(from.read());
    auto follow = flags & AT_SYMLINK_FOLLOW ? Follow::Yes : Follow::No;
    if (text.is_empty() && (flags & AT_EMPTY_PATH))
        return link_open_file(caller, from_directory, TRY(locate(caller, to_directory, to, Follow::No)));
    auto source = TRY(locate(caller, from_directory, text.view(), follow));
    auto target = TRY(locate(caller, to_directory, to, Follow::No));
    if (source.file_system == target.file_system)
        return source.file_system->link(source.file_path(), target.file_path(), follow);
    if (follow == Follow::No)
        return Errno::Exdev;
    // Through /proc/self/fd a file without a name can get one.
    auto file = TRY(source.file_system->open(source.file_path(), { .flags = O_PATH }));
    return target.file_system->link_file(*file, target.file_path());
}

// link(2)
Result<> sys_link(Thread& caller, UserString from, UserString to)
{
    return sys_linkat(caller, AT_FDCWD, from, AT_FDCWD, to, 0);
}

// symlinkat(2)
Result<> sys_symlinkat(Thread& caller, UserString target, int directory, UserString path)
{
    auto text = TRY(target.read());
    if (text.is_empty())
        return Errno::Enoent;
    auto location = TRY(locate(caller, directory, path, Follow::No));
    return location.file_system->make_symbolic_link(text, location.file_path());
}

// symlink(2)
Result<> sys_symlink(Thread& caller, UserString target, UserString path)
{
    return sys_symlinkat(caller, target, AT_FDCWD, path);
}

// mknodat(2)
Result<> sys_mknodat(Thread& caller, int directory, UserString path, uint32_t mode, uint32_t device)
{
    TRY(check_node_type(mode & S_IFMT));
    auto location = TRY(locate(caller, directory, path, Follow::No));
    auto kept = mode & ~(caller.process().umask.load() & 0777);
    return location.file_system->make_node(location.file_path(), kept, device);
}

// mknod(2)
Result<> sys_mknod(Thread& caller, UserString path, uint32_t mode, uint32_t device)
{
    return sys_mknodat(caller, AT_FDCWD, path, mode, device);
}

} // namespace farl
