#include "enclave/syscall/descriptors.h"

#include "base/checked.h"
#include "enclave/process/process.h"
#include "enclave/syscall/descriptor_owner.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>

namespace farl {

namespace {

constexpr uint32_t kChangeableFlags = O_APPEND | O_DIRECT | O_NOATIME | O_NONBLOCK;

Result<uint64_t> duplicate(Thread& caller, Ref<File> file, uint64_t from, bool close_on_exec)
{
    auto& descriptors = caller.process().descriptors;
    if (from >= static_cast<uint64_t>(descriptors.limit()))
        return Errno::Einval;
    return TRY(descriptors.add(std::move(file), close_on_exec, static_cast<int>(from)));
}

Result<uint64_t> set_status_flags(File& file, uint32_t changed, uint32_t value)
{
    TRY(file.set_status_flags((file.status_flags() & ~changed) | (value & changed)));
    return uint64_t { 0 };
}

Result<> check_lock_access(File& file, struct flock const& lock)
{
    if ((lock.l_type == F_RDLCK && !file.is_readable()) || (lock.l_type == F_WRLCK && !file.is_writable()))
        return Errno::Ebadf;
    return {};
}

Result<int64_t> start_of_lock(File& file, struct flock const& lock)
{
    switch (lock.l_whence) {
    case SEEK_SET:
        return lock.l_start;
    case SEEK_CUR:
        return file.has_positions() ? checked_add(static_cast<int64_t>(TRY(file.seek(0, SEEK_CUR))), lock.l_start)
                                    : lock.l_start;
    case SEEK_END:
        return checked_add(static_cast<int64_t>(TRY(file.status()).st_size), lock.l_start);
    default:
        return Errno::Einval;
    }
}

// fcntl(2): the bytes from the start, or with a negative length those before it
Result<> check_lock_range(File& file, struct flock const& lock)
{
    auto start = TRY(start_of_lock(file, lock));
    if (start < 0 || (lock.l_len < 0 && start + lock.l_len < 0))
        return Errno::Einval;
    return lock.l_len > 0 && lock.l_len - 1 > INT64_MAX - start ? Errno::Eoverflow : Result<> {};
}

Result<> check_lock(File& file, int command, struct flock const& lock)
{
    bool is_of_description = command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    bool takes = lock.l_type == F_RDLCK || lock.l_type == F_WRLCK;
    if (command == F_GETLK && !takes)
        return Errno::Einval;
    TRY(check_lock_range(file, lock));
    return (takes || lock.l_type == F_UNLCK) && !(is_of_description && lock.l_pid) ? Result<> {} : Errno::Einval;
}

bool only_asks(int command) { return command == F_GETLK || command == F_OFD_GETLK; }

Result<uint64_t> lock_record(File& file, int command, uint64_t address)
{
    auto lock = TRY(UserIn<struct flock> { address }.read());
    TRY(check_lock(file, command, lock));
    if (!only_asks(command))
        TRY(check_lock_access(file, lock));
    TRY(file.lock_record(command, lock));
    if (only_asks(command) && lock.l_type != F_UNLCK && lock.l_pid == 0)
        lock.l_pid = process().pid();
    if (only_asks(command))
        TRY(UserOut<struct flock> { address }.write(lock));
    return uint64_t { 0 };
}

Result<uint64_t> set_close_on_exec(Thread& caller, int fd, bool value)
{
    TRY(caller.process().descriptors.set_close_on_exec(fd, value));
    return uint64_t { 0 };
}

bool works_on_path_descriptors(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_GETFD || command == F_SETFD
        || command == F_GETFL;
}

Result<uint64_t> set_flag_by_address(File& file, uint32_t flag, uint64_t address)
{
    auto value = TRY(UserIn<int> { address }.read());
    return set_status_flags(file, flag, value ? flag : 0);
}

// F_SETFL
Result<uint64_t> set_descriptor_flags(File& file, int fd, uint32_t flags)
{
    auto before = file.status_flags();
    TRY(set_status_flags(file, kChangeableFlags | (file.can_signal() ? O_ASYNC : 0), flags));
    if ((before ^ file.status_flags()) & O_ASYNC)
        TRY(file.set_async_descriptor(fd));
    return uint64_t { 0 };
}

Result<uint64_t> write_block_size(File& file, UserOut<int> argument)
{
    auto status = TRY(file.file_system_status());
    if (!status.f_bsize)
        return Errno::Einval;
    TRY(argument.write(static_cast<int>(status.f_bsize)));
    return uint64_t { 0 };
}

} // namespace

// dup(2)
Result<int> sys_dup(Thread& caller, int fd)
{
    return caller.process().descriptors.add(TRY(caller.any_file(fd)), false);
}

// dup3(2)
Result<int> sys_dup3(Thread& caller, int fd, int target, int flags)
{
    if ((flags & ~O_CLOEXEC) || fd == target)
        return Errno::Einval;
    auto file = TRY(caller.any_file(fd));
    auto replaced = TRY(caller.process().descriptors.replace(target, std::move(file), flags & O_CLOEXEC));
    if (replaced)
        replaced->descriptor_closed();
    return target;
}

// dup2(2)
Result<int> sys_dup2(Thread& caller, int fd, int target)
{
    if (fd != target)
        return sys_dup3(caller, fd, target, 0);
    (void)TRY(caller.any_file(fd));
    return fd;
}

// fcntl(2)
Result<uint64_t> sys_fcntl(Thread& caller, int fd, int command, uint64_t argument)
{
    auto file = TRY(caller.any_file(fd));
    if (file->is_path_only() && !works_on_path_descriptors(command))
        return Errno::Ebadf;
    auto& descriptors = caller.process().descriptors;
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return duplicate(caller, std::move(file), static_cast<uint32_t>(argument), command == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return uint64_t { TRY(descriptors.close_on_exec(fd)) ? FD_CLOEXEC : 0u };
    case F_SETFD:
        return set_close_on_exec(caller, fd, argument & FD_CLOEXEC);
    case F_GETFL:
        return uint64_t { file->status_flags() };
    case F_SETFL:
        if ((argument & O_DIRECT) && !file->can_be_direct())
            return Errno::Einval;
        return set_descriptor_flags(*file, fd, static_cast<uint32_t>(argument));
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_record(*file, command, argument);
    case F_GETOWN:
    case F_SETOWN:
    case F_GETOWN_EX:
    case F_SETOWN_EX:
    case F_GETSIG:
    case F_SETSIG:
        return control_owner(caller, *file, command, argument);
    case F_GETPIPE_SZ:
        return file->pipe_size();
    case F_SETPIPE_SZ:
        return file->set_pipe_size(static_cast<uint32_t>(argument));
    case F_GET_SEALS:
        return file->seals();
    case F_ADD_SEALS:
        if (!file->is_writable())
            return Errno::Eperm;
        TRY(file->add_seals(static_cast<uint32_t>(argument)));
        return uint64_t { 0 };
    default:
        return file->control_descriptor(command, argument);
    }
}

// flock(2)
Result<> sys_flock(Thread& caller, int fd, int operation)
{
    if (operation & LOCK_MAND)
        return {}; // has no effect any more
    auto kind = operation & ~LOCK_NB;
    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return Errno::Einval;
    return TRY(caller.file(fd))->lock_whole(operation);
}

// ioctl(2)
Result<uint64_t> sys_ioctl(Thread& caller, int fd, uint32_t request, uint64_t argument)
{
    auto file = TRY(caller.file(fd));
    switch (request) {
    case FIOCLEX:
        return set_close_on_exec(caller, fd, true);
    case FIONCLEX:
        return set_close_on_exec(caller, fd, false);
    case FIONBIO:
        return set_flag_by_address(*file, O_NONBLOCK, argument);
    case FIOASYNC:
        if (!file->can_signal())
            return Errno::Enotty;
        TRY(set_flag_by_address(*file, O_ASYNC, argument));
        TRY(file->set_async_descriptor(fd));
        return uint64_t { 0 };
    case FIGETBSZ:
        return write_block_size(*file, { argument });
    default:
        return file->control(request, argument);
    }
}

} // namespace farl
