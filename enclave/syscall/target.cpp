#include "enclave/syscall/target.h"

#include <linux/capability.h>

namespace farl {

namespace {

// access(2) of an open file: by its mode, as far as that can be told here.
Result<> check_status_access(struct stat const& status, uint32_t mode, Identity const& identity)
{
    auto bits = status.st_mode;
    if (identity.capabilities.has(CAP_DAC_OVERRIDE))
        return mode & X_OK && !(bits & 0111) && !S_ISDIR(bits) ? Errno::Eacces : Result<> {};
    unsigned shift = identity.effective_uid == status.st_uid ? 6 : identity.effective_gid == status.st_gid ? 3 : 0;
    if ((bits >> shift & mode) != mode)
        return Errno::Eacces;
    return {};
}

} // namespace

Result<StartDirectory> start_directory(Thread& caller, int directory, std::string_view path)
{
    if (path.starts_with('/'))
        return StartDirectory {};
    if (directory == AT_FDCWD)
        return caller.process().working_directory();
    auto file = TRY(caller.any_file(directory));
    if (!file->is_directory())
        return Errno::Enotdir;
    auto where = TRY(file->current_path());
    return StartDirectory { std::move(file), std::move(where) };
}

Result<Location> locate(Thread& caller, int directory, std::string_view path, Follow follow)
{
    if (path.empty())
        return Errno::Enoent;
    return vfs().resolve(TRY(start_directory(caller, directory, path)), path, follow);
}

Result<Location> locate(Thread& caller, int directory, UserString path, Follow follow)
{
    return locate(caller, directory, TRY(path.read()).view(), follow);
}

Result<Target> Target::create(Thread& caller, int directory, UserString path, int flags)
{
    auto text = TRY(path.read());
    if (text.is_empty() && (flags & AT_EMPTY_PATH) && directory != AT_FDCWD)
        return of_descriptor(caller, directory, true);
    Target target;
    target.follow_ = flags & AT_SYMLINK_NOFOLLOW ? Follow::No : Follow::Yes;
    bool is_here = text.is_empty() && (flags & AT_EMPTY_PATH);
    target.location_ = TRY(locate(caller, directory, is_here ? "." : text.view(), target.follow_));
    return target;
}

Result<Target> Target::of_path(Thread& caller, UserString path, Follow follow)
{
    return create(caller, AT_FDCWD, path, follow == Follow::No ? AT_SYMLINK_NOFOLLOW : 0);
}

Result<Target> Target::of_descriptor(Thread& caller, int descriptor, bool may_be_path_only)
{
    Target target;
    target.file_ = TRY(may_be_path_only ? caller.any_file(descriptor) : caller.file(descriptor));
    return target;
}

Result<struct stat> Target::status() const { return file_ ? file_->status() : file_system().status(path(), follow_); }

Result<ExtendedStatus> Target::extended_status(uint32_t mask, int flags) const
{
    return file_ ? file_->extended_status(mask, flags) : file_system().extended_status(path(), mask, flags, follow_);
}

Result<struct statfs> Target::file_system_status() const
{
    return file_ ? file_->file_system_status() : file_system().file_system_status(path());
}

Result<> Target::check_access(uint32_t mode, bool as_effective) const
{
    if (file_)
        return check_status_access(TRY(file_->status()), mode, process().identity);
    return file_system().check_access(path(), mode, as_effective, follow_);
}

Result<> Target::change_mode(uint32_t mode) const
{
    return file_ ? file_->change_mode(mode) : file_system().change_mode(path(), mode, follow_);
}

Result<> Target::change_owner(uint32_t uid, uint32_t gid) const
{
    return file_ ? file_->change_owner(uid, gid) : file_system().change_owner(path(), uid, gid, follow_);
}

Result<> Target::set_times(FileTimes const& times) const
{
    return file_ ? file_->set_times(times) : file_system().set_times(path(), times, follow_);
}

Result<size_t> Target::get_attribute(std::string_view name, Sink const& sink) const
{
    return file_ ? file_->get_attribute(name, sink) : file_system().get_attribute(path(), name, sink, follow_);
}

Result<> Target::set_attribute(std::string_view name, Source const& source, int flags) const
{
    return file_ ? file_->set_attribute(name, source, flags)
                 : file_system().set_attribute(path(), name, source, flags, follow_);
}

Result<size_t> Target::list_attributes(Sink const& sink) const
{
    return file_ ? file_->list_attributes(sink) : file_system().list_attributes(path(), sink, follow_);
}

Result<> Target::remove_attribute(std::string_view name) const
{
    return file_ ? file_->remove_attribute(name) : file_system().remove_attribute(path(), name, follow_);
}

} // namespace farl
