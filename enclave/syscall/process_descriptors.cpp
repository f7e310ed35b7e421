#include "enclave/syscall/process_descriptors.h"

#include "enclave/memory/buffers.h"
#include "enclave/process/mapping.h"
#include "enclave/process/process_file.h"

#include <fcntl.h>
#include <linux/kcmp.h>

namespace farl {

namespace {

Result<> check_process_file(Thread& caller, int fd)
{
    return TRY(caller.file(fd))->as_process_file() ? Result<> {} : Errno::Ebadf;
}

// pidfd_send_signal(2): what a process may say of itself; without it the signal is as from kill(2).
Result<SignalInfo> signal_info(Thread& caller, int signal, UserIn<SignalInfo> from)
{
    if (from) {
        auto info = TRY(from.read());
        return info.signal == signal ? Result<SignalInfo>(info) : Errno::Einval;
    }
    return caller.process().own_signal(signal);
}

} // namespace

// pidfd_open(2)
Result<int> sys_pidfd_open(Thread& caller, int pid, unsigned flags)
{
    if (pid <= 0 || (flags & ~static_cast<unsigned>(O_NONBLOCK)))
        return Errno::Einval;
    if (pid != caller.process().pid())
        return caller.process().find_thread(pid).is_ok() ? Errno::Einval : Errno::Esrch;
    return caller.process().descriptors.add(TRY(make_ref<ProcessFile>(O_RDWR | flags)), true);
}

// pidfd_send_signal(2)
Result<> sys_pidfd_send_signal(Thread& caller, int fd, int signal, UserIn<SignalInfo> from, unsigned flags)
{
    if (flags)
        return Errno::Einval;
    TRY(check_process_file(caller, fd));
    if (signal < 0 || signal > kSignalCount)
        return Errno::Einval;
    auto info = TRY(signal_info(caller, signal, from));
    return signal ? caller.process().send_signal(info) : Result<> {};
}

// pidfd_getfd(2)
Result<int> sys_pidfd_getfd(Thread& caller, int fd, int target, unsigned flags)
{
    if (flags)
        return Errno::Einval;
    TRY(check_process_file(caller, fd));
    return caller.process().descriptors.add(TRY(caller.any_file(target)), true);
}

// process_madvise(2): the first range that takes no advice ends it.
Result<size_t> sys_process_madvise(Thread& caller, int fd, uint64_t vector, size_t count, int advice, unsigned flags)
{
    if (flags)
        return Errno::Einval;
    auto ranges = TRY(read_iovec(vector, static_cast<int64_t>(count)));
    TRY(check_process_file(caller, fd));
    size_t done = 0;
    for (auto const& range : ranges) {
        auto advised = advise_memory(caller.process(), range.address, range.size, advice);
        if (advised.is_error())
            return done ? Result<size_t>(done) : advised.error();
        done += range.size;
    }
    return done;
}

// kcmp(2): the one process shares everything with itself but its descriptors
Result<int> sys_kcmp(Thread& caller, int one, int other, int type, uint64_t first, uint64_t second)
{
    TRY(caller.process().find_thread(one));
    TRY(caller.process().find_thread(other));
    switch (type) {
    case KCMP_FILE: {
        auto left = reinterpret_cast<uint64_t>(TRY(caller.any_file(static_cast<int>(first))).get());
        auto right = reinterpret_cast<uint64_t>(TRY(caller.any_file(static_cast<int>(second))).get());
        return left == right ? 0 : left < right ? 1 : 2;
    }
    case KCMP_VM:
    case KCMP_FILES:
    case KCMP_FS:
    case KCMP_SIGHAND:
    case KCMP_IO:
    case KCMP_SYSVSEM:
        return 0;
    default:
        return Errno::Einval;
    }
}

} // namespace farl
