#include "enclave/fs/host/host_file_system.h"

#include "enclave/fs/host/host_opening.h"
#include "enclave/fs/host/host_status.h"

#include <linux/openat2.h>

namespace farl {

namespace {

int link_flag(Follow follow) { return follow == Follow::No ? AT_SYMLINK_NOFOLLOW : 0; }

} // namespace

Result<HostFileSystem*> HostFileSystem::create(std::string_view root)
{
    auto* created = new (std::nothrow) HostFileSystem();
    if (!created)
        return Errno::Enomem;
    Staging staging;
    auto path = TRY(staging.put_string(root));
    auto& host_root = created->root_;
    host_root.descriptor =
        TRY(checked_descriptor(host_call(SYS_openat, AT_FDCWD, path.value(), O_PATH | O_DIRECTORY | O_CLOEXEC, 0)));
    if (root != "/")
        host_root.host_path = TRY(host_descriptor_path(host_root.descriptor.number()));
    return created;
}

Result<HostDescriptor> HostFileSystem::open_descriptor(
    FilePath const& path, OpenRequest const& request, FirstLook const* look) const
{
    if (!root_.is_whole_host())
        return open_inside(root_, path.absolute, request, look);
    Staging staging;
    auto place = TRY(this->place(path, Follow::No, staging));
    auto flags = request.flags | O_CLOEXEC;
    if (!request.resolve)
        return checked_descriptor(host_open(place.directory(), place.name(), flags, request.mode, look));
    open_how how { .flags = flags, .mode = request.mode, .resolve = request.resolve };
    auto staged_how = TRY(staging.put_object(how));
    return checked_descriptor(host_open(place.directory(), place.name(), how, staged_how, look));
}

Result<Ref<File>> HostFileSystem::open(FilePath const& path, OpenRequest const& request)
{
    Staging staging;
    auto look = TRY(FirstLook::prepare(staging, request.flags));
    auto descriptor = TRY(open_descriptor(path, request, &look));
    auto file = TRY(HostFile::create(std::move(descriptor), kept_status_flags(request.flags), &root_, &look));
    TRY(file->set_path(path.absolute));
    return Ref<File>(std::move(file));
}

Result<struct stat> HostFileSystem::status(FilePath const& path, Follow follow)
{
    Staging staging;
    auto where = TRY(place(path, follow, staging));
    return host_status(where.directory(), where.name(), link_flag(follow), staging);
}

Result<ExtendedStatus> HostFileSystem::extended_status(FilePath const& path, uint32_t mask, int flags, Follow follow)
{
    Staging staging;
    auto where = TRY(place(path, follow, staging));
    return host_extended_status(where.directory(), where.name(), flags | link_flag(follow), mask, staging);
}

Result<String> HostFileSystem::read_link(FilePath const& path)
{
    Staging staging;
    auto where = TRY(place(path, Follow::No, staging));
    return host_link_target(where.directory(), where.name(), staging);
}

Result<> HostFileSystem::check_access(FilePath const& path, uint32_t mode, bool as_effective, Follow follow)
{
    Staging staging;
    auto where = TRY(place(path, follow, staging));
    auto flags = link_flag(follow) | (as_effective ? AT_EACCESS : 0);
    if (!flags)
        return checked_status(host_call(SYS_faccessat, where.directory(), where.name().value(), mode));
    return checked_status(host_call(SYS_faccessat2, where.directory(), where.name().value(), mode, flags));
}

Result<struct statfs> HostFileSystem::file_system_status(FilePath const& path)
{
    auto file = TRY(HostFile::create(TRY(open_descriptor(path, { .flags = O_PATH })), O_PATH, &root_));
    return file->file_system_status();
}

Result<> HostFileSystem::make_directory(FilePath const& path, uint32_t mode)
{
    Staging staging;
    auto where = TRY(place(path, Follow::No, staging));
    return checked_status(host_call(SYS_mkdirat, where.directory(), where.name().value(), mode));
}

Result<> HostFileSystem::make_node(FilePath const& path, uint32_t mode, uint64_t device)
{
    Staging staging;
    auto where = TRY(place(path, Follow::No, staging));
    return checked_status(host_call(SYS_mknodat, where.directory(), where.name().value(), mode, device));
}

Result<> HostFileSystem::remove(FilePath const& path, bool directory)
{
    Staging staging;
    auto where = TRY(place(path, Follow::No, staging));
    return checked_status(
        host_call(SYS_unlinkat, where.directory(), where.name().value(), directory ? AT_REMOVEDIR : 0));
}

Result<> HostFileSystem::rename(FilePath const& from, FilePath const& to, uint32_t flags)
{
    Staging staging;
    auto source = TRY(place(from, Follow::No, staging));
    auto target = TRY(place(to, Follow::No, staging));
    return checked_status(host_call(
        SYS_renameat2, source.directory(), source.name().value(), target.directory(), target.name().value(), flags));
}

Result<> HostFileSystem::link(FilePath const& from, FilePath const& to, Follow follow)
{
    Staging staging;
    auto source = TRY(place(from, follow, staging));
    auto target = TRY(place(to, Follow::No, staging));
    return checked_status(host_call(SYS_linkat, source.directory(), source.name().value(), target.directory(),
        target.name().value(), follow == Follow::Yes ? AT_SYMLINK_FOLLOW : 0));
}

Result<> HostFileSystem::link_file(File& file, FilePath const& to)
{
    auto* source = file.as_host_file();
    if (!source)
        return Errno::Exdev;
    Staging staging;
    auto name = TRY(put_descriptor_link(staging, source->host_descriptor()));
    auto target = TRY(place(to, Follow::No, staging));
    return checked_status(
        host_call(SYS_linkat, AT_FDCWD, name.value(), target.directory(), target.name().value(), AT_SYMLINK_FOLLOW));
}

Result<> HostFileSystem::make_symbolic_link(std::string_view target, FilePath const& path)
{
    Staging staging;
    auto text = TRY(staging.put_string(target));
    auto where = TRY(place(path, Follow::No, staging));
    return checked_status(host_call(SYS_symlinkat, text.value(), where.directory(), where.name().value()));
}

// A link has no mode to change: Linux says so too.
Result<> HostFileSystem::change_mode(FilePath const& path, uint32_t mode, Follow follow)
{
    Staging staging;
    auto where = TRY(place(path, follow, staging));
    if (follow == Follow::No
        && S_ISLNK(TRY(host_status(where.directory(), where.name(), link_flag(follow), staging)).st_mode))
        return Errno::Eopnotsupp;
    return checked_status(host_call(SYS_fchmodat, where.directory(), where.name().value(), mode));
}

Result<> HostFileSystem::change_owner(FilePath const& path, uint32_t uid, uint32_t gid, Follow follow)
{
    Staging staging;
    auto where = TRY(place(path, follow, staging));
    return checked_status(
        host_call(SYS_fchownat, where.directory(), where.name().value(), uid, gid, link_flag(follow)));
}

Result<> HostFileSystem::set_times(FilePath const& path, FileTimes const& times, Follow follow)
{
    Staging staging;
    auto where = TRY(place(path, follow, staging));
    auto staged = TRY(staging.put_object(times));
    return checked_status(
        host_call(SYS_utimensat, where.directory(), where.name().value(), staged.value(), link_flag(follow)));
}

// No truncateat(2) exists: from an open directory it goes by a descriptor.
Result<> HostFileSystem::truncate(FilePath const& path, uint64_t size)
{
    Staging staging;
    HostPlace where;
    auto name = TRY(full_name(path, Follow::Yes, where, staging));
    return checked_status(host_call_to_its_end(SYS_truncate, name.value(), size));
}

void HostFileSystem::sync() { (void)checked_status(host_call_blocking(SYS_sync)); }

// One name that needs no directory, for the calls without an *at form.
Result<HostAddress> HostFileSystem::full_name(
    FilePath const& path, Follow follow, HostPlace& place, Staging& staging) const
{
    auto* directory = path.directory && root_.is_whole_host() ? path.directory->as_host_file() : nullptr;
    if (!directory) {
        place = TRY(this->place(path, follow, staging));
        if (place.directory() == AT_FDCWD)
            return place.name();
        String name = TRY(host_descriptor_link(place.directory()));
        TRY(name.append('/'));
        TRY(name.append(path.absolute.substr(path.absolute.rfind('/') + 1)));
        return staging.put_string(name);
    }
    String name = TRY(host_descriptor_link(directory->host_descriptor()));
    TRY(name.append('/'));
    TRY(name.append(path.relative));
    return staging.put_string(name);
}

Result<size_t> HostFileSystem::get_attribute(
    FilePath const& path, std::string_view name, Sink const& sink, Follow follow)
{
    Staging staging;
    HostPlace where;
    auto file = TRY(full_name(path, follow, where, staging));
    return host_get_attribute(follow == Follow::Yes ? SYS_getxattr : SYS_lgetxattr, file.value(), name, sink, staging);
}

Result<> HostFileSystem::set_attribute(
    FilePath const& path, std::string_view name, Source const& source, int flags, Follow follow)
{
    Staging staging;
    HostPlace where;
    auto file = TRY(full_name(path, follow, where, staging));
    return host_set_attribute(
        follow == Follow::Yes ? SYS_setxattr : SYS_lsetxattr, file.value(), name, source, flags, staging);
}

Result<size_t> HostFileSystem::list_attributes(FilePath const& path, Sink const& sink, Follow follow)
{
    Staging staging;
    HostPlace where;
    auto file = TRY(full_name(path, follow, where, staging));
    return host_list_attributes(follow == Follow::Yes ? SYS_listxattr : SYS_llistxattr, file.value(), sink, staging);
}

Result<> HostFileSystem::remove_attribute(FilePath const& path, std::string_view name, Follow follow)
{
    Staging staging;
    HostPlace where;
    auto file = TRY(full_name(path, follow, where, staging));
    auto staged = TRY(staging.put_string(name));
    return checked_status(
        host_call(follow == Follow::Yes ? SYS_removexattr : SYS_lremovexattr, file.value(), staged.value()));
}

} // namespace farl
