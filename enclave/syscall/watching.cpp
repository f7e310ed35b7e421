#include "enclave/syscall/watching.h"

#include "enclave/fs/host/host_watcher.h"
#include "enclave/syscall/target.h"

#include <sys/inotify.h>

namespace farl {

namespace {

Result<Ref<HostWatcher>> watcher(Thread& caller, int fd)
{
    auto file = TRY(caller.file(fd));
    auto* found = file->as_watcher();
    if (!found)
        return Errno::Einval;
    return Ref<HostWatcher>(*found);
}

} // namespace

// inotify_init1(2)
Result<int> sys_inotify_init1(Thread& caller, int flags)
{
    if (flags & ~(IN_NONBLOCK | IN_CLOEXEC))
        return Errno::Einval;
    auto created = TRY(HostWatcher::create(flags & IN_NONBLOCK));
    return caller.process().descriptors.add(std::move(created), flags & IN_CLOEXEC);
}

// inotify_init(2)
Result<int> sys_inotify_init(Thread& caller) { return sys_inotify_init1(caller, 0); }

// inotify_add_watch(2): what lies inside the enclave cannot be watched
Result<uint64_t> sys_inotify_add_watch(Thread& caller, int fd, UserString path, uint32_t mask)
{
    constexpr uint32_t kModes = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_ADD | IN_MASK_CREATE;
    constexpr uint32_t kKnown =
        IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | kModes | IN_ISDIR | IN_ONESHOT;
    constexpr uint32_t kBoth = IN_MASK_ADD | IN_MASK_CREATE;
    if (!mask || (mask & ~kKnown) || (mask & kBoth) == kBoth)
        return Errno::Einval;
    auto watcher = TRY(farl::watcher(caller, fd));
    auto follow = mask & IN_DONT_FOLLOW ? Follow::No : Follow::Yes;
    auto location = TRY(locate(caller, AT_FDCWD, path, follow));
    auto flags = O_PATH | (follow == Follow::No ? O_NOFOLLOW : 0) | (mask & IN_ONLYDIR ? O_DIRECTORY : 0);
    auto file = TRY(location.file_system->open(location.file_path(), { .flags = static_cast<uint32_t>(flags) }));
    return watcher->add(*file, mask);
}

// inotify_rm_watch(2)
Result<> sys_inotify_rm_watch(Thread& caller, int fd, int watch) { return TRY(watcher(caller, fd))->remove(watch); }

} // namespace farl
