// HostFile: what is asked about the open file as a whole, by fcntl(2), flock(2), fsync(2) and the f-forms of stat(2),
// chmod(2) and their like.
#include "enclave/fs/host/host_file.h"
#include "enclave/fs/host/host_opening.h"
#include "enclave/fs/host/host_place.h"
#include "enclave/fs/host/host_status.h"

#include <sys/file.h>

namespace farl {

Result<struct stat> HostFile::status()
{
    if (first_status_ && first_status_->moment.is_still())
        return first_status_->status;
    return host_status(descriptor_.number());
}

Result<ExtendedStatus> HostFile::extended_status(uint32_t mask, int flags)
{
    Staging staging;
    auto name = TRY(staging.put_string(""));
    return host_extended_status(descriptor_.number(), name, flags | AT_EMPTY_PATH, mask, staging);
}

Result<struct statfs> HostFile::file_system_status() { return host_file_system_status(descriptor_.number()); }

Result<> HostFile::change_mode(uint32_t mode)
{
    return checked_status(host_call(SYS_fchmod, descriptor_.number(), mode));
}

Result<> HostFile::change_owner(uint32_t uid, uint32_t gid)
{
    Staging staging;
    auto name = TRY(staging.put_string(""));
    return checked_status(host_call(SYS_fchownat, descriptor_.number(), name.value(), uid, gid, AT_EMPTY_PATH));
}

Result<> HostFile::set_times(FileTimes const& times)
{
    Staging staging;
    auto staged = TRY(staging.put_object(times));
    return checked_status(host_call(SYS_utimensat, descriptor_.number(), 0, staged.value(), 0));
}

Result<size_t> HostFile::get_attribute(std::string_view name, Sink const& sink)
{
    Staging staging;
    return host_get_attribute(SYS_fgetxattr, static_cast<uint64_t>(descriptor_.number()), name, sink, staging);
}

Result<> HostFile::set_attribute(std::string_view name, Source const& source, int flags)
{
    Staging staging;
    return host_set_attribute(SYS_fsetxattr, static_cast<uint64_t>(descriptor_.number()), name, source, flags, staging);
}

Result<size_t> HostFile::list_attributes(Sink const& sink)
{
    Staging staging;
    return host_list_attributes(SYS_flistxattr, static_cast<uint64_t>(descriptor_.number()), sink, staging);
}

Result<> HostFile::remove_attribute(std::string_view name)
{
    Staging staging;
    auto staged = TRY(staging.put_string(name));
    return checked_status(host_call(SYS_fremovexattr, descriptor_.number(), staged.value()));
}

Result<> HostFile::allocate(int mode, uint64_t offset, uint64_t size)
{
    return checked_status(host_call_to_its_end(SYS_fallocate, descriptor_.number(), mode, offset, size));
}

Result<> HostFile::sync(bool data_only)
{
    return checked_status(host_call_to_its_end(data_only ? SYS_fdatasync : SYS_fsync, descriptor_.number()));
}

Result<> HostFile::sync_range(uint64_t offset, uint64_t size, uint32_t flags)
{
    return checked_status(host_call_to_its_end(SYS_sync_file_range, descriptor_.number(), offset, size, flags));
}

Result<> HostFile::sync_file_system() { return checked_status(host_call_to_its_end(SYS_syncfs, descriptor_.number())); }

Result<> HostFile::advise(uint64_t offset, uint64_t size, int advice)
{
    return checked_status(host_call(SYS_fadvise64, descriptor_.number(), offset, size, advice));
}

// The host's own flags: a pipe or terminal shared with others then behaves for all of them as it would natively.
Result<> HostFile::enter_on_host() { return checked_status(host_call(SYS_fchdir, descriptor_.number())); }

Result<> HostFile::set_status_flags(uint32_t flags)
{
    TRY(checked_status(host_call(SYS_fcntl, descriptor_.number(), F_SETFL, flags)));
    return File::set_status_flags(flags);
}

Result<> HostFile::lock_record(int command, struct flock& lock)
{
    Staging staging;
    auto staged = TRY(staging.put_object(lock));
    bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
    was_locked_.store(true, std::memory_order_relaxed);
    if (command == F_SETLK || command == F_SETLKW)
        has_record_locks_.store(true, std::memory_order_relaxed);
    TRY(checked_status(waits ? host_call_blocking(SYS_fcntl, descriptor_.number(), command, staged.value())
                             : host_call(SYS_fcntl, descriptor_.number(), command, staged.value())));
    // HOST: plain values for the application.
    if (command == F_GETLK || command == F_OFD_GETLK)
        lock = host_read<struct flock>(staged);
    return {};
}

Result<> HostFile::lock_whole(int operation)
{
    was_locked_.store(true, std::memory_order_relaxed);
    return checked_status(operation & LOCK_NB ? host_call(SYS_flock, descriptor_.number(), operation)
                                              : host_call_blocking(SYS_flock, descriptor_.number(), operation));
}

// fcntl(2): closing any descriptor of a file gives up the process's record locks on it.
void HostFile::descriptor_closed()
{
    if (!has_record_locks_.exchange(false, std::memory_order_relaxed))
        return;
    struct flock whole { };
    whole.l_type = F_UNLCK;
    whole.l_whence = SEEK_SET;
    Staging staging;
    if (auto staged = staging.put_object(whole); staged.is_ok())
        (void)checked_status(host_call(SYS_fcntl, descriptor_.number(), F_SETLK, staged.value().value()));
}

Result<uint64_t> HostFile::control_descriptor(int command, uint64_t argument)
{
    switch (command) {
    case F_GETLEASE:
    case F_SETLEASE:
    case F_NOTIFY:
        was_locked_.store(true, std::memory_order_relaxed);
        break;
    default:
        return Errno::Einval;
    }
    // HOST: small numbers for the application.
    return checked_number(host_call(SYS_fcntl, descriptor_.number(), command, argument));
}

Result<uint64_t> HostFile::pipe_size()
{
    return checked_number(host_call(SYS_fcntl, descriptor_.number(), F_GETPIPE_SZ));
}

Result<uint64_t> HostFile::set_pipe_size(uint64_t size)
{
    return checked_number(host_call(SYS_fcntl, descriptor_.number(), F_SETPIPE_SZ, size));
}

Result<Ref<File>> HostFile::reopen(uint32_t flags)
{
    Staging staging;
    auto link = TRY(put_descriptor_link(staging, descriptor_.number()));
    auto descriptor = TRY(checked_descriptor(host_open(AT_FDCWD, link, flags | O_CLOEXEC, 0)));
    auto file = TRY(create(std::move(descriptor), kept_status_flags(flags), root_));
    TRY(file->set_path(path()));
    return Ref<File>(std::move(file));
}

// HOST: a path is only text for the application; what it names is walked anew.
Result<String> HostFile::current_path()
{
    auto path = TRY(host_descriptor_path(descriptor_.number()));
    if (!root_ || root_->is_whole_host())
        return path;
    return String::from(root_->inside(path));
}

} // namespace farl
