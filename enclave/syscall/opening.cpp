#include "enclave/syscall/opening.h"

#include "enclave/syscall/target.h"

#include <linux/close_range.h>
#include <linux/openat2.h>

namespace farl {

namespace {

constexpr uint32_t kTemporaryFile = O_TMPFILE & ~O_DIRECTORY;

// Flags that Linux knows; open(2) ignores others, openat2(2) refuses them.
constexpr uint64_t kKnownFlags = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC
    | O_ASYNC | O_DIRECT | 0100000 | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE;
constexpr uint64_t kKnownResolve =
    RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;

bool creates(uint64_t flags) { return flags & (O_CREAT | kTemporaryFile); }

Follow follow_for(uint32_t flags)
{
    bool must_be_new = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    return flags & O_NOFOLLOW || must_be_new ? Follow::No : Follow::Yes;
}

// Restricted walks begin in their directory whatever the path looks like.
Result<Location> locate_restricted(Thread& caller, int directory, std::string_view path)
{
    if (path.empty())
        return Errno::Enoent;
    auto start = TRY(start_directory(caller, directory, ""));
    auto location = TRY(vfs().resolve_absolute(start.path));
    location.directory = start.file;
    location.relative = TRY(String::from(path));
    return location;
}

Result<Location> locate_for_open(Thread& caller, int directory, std::string_view path, OpenRequest const& request)
{
    if (request.resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
        return locate_restricted(caller, directory, path);
    return locate(caller, directory, path, follow_for(request.flags));
}

Result<int> open_at(Thread& caller, int directory, UserString path, OpenRequest request)
{
    constexpr uint32_t kNewDirectory = O_CREAT | O_DIRECTORY;
    if ((request.flags & (kNewDirectory | O_PATH)) == kNewDirectory)
        return Errno::Einval; // since Linux 6.4: it would create a file
    auto& process = caller.process();
    auto text = TRY(path.read());
    auto location = TRY(locate_for_open(caller, directory, text, request));
    request.mode &= 07777 & ~process.umask.load();
    auto file = TRY(location.file_system->open(location.file_path(), request));
    return process.descriptors.add(std::move(file), request.flags & O_CLOEXEC);
}

Result<open_how> read_how(uint64_t address, size_t size)
{
    constexpr size_t kFirstSize = 24;
    if (size < kFirstSize)
        return Errno::Einval;
    if (size > 4096)
        return Errno::E2big;
    open_how how {};
    TRY(copy_from_user(&how, address, kFirstSize));
    for (auto at = kFirstSize; at < size; ++at)
        if (TRY(UserIn<char> { address + at }.read()) != 0)
            return Errno::E2big; // from the future
    return how;
}

Result<> check_how(open_how const& how)
{
    if ((how.flags & ~kKnownFlags) || (how.resolve & ~kKnownResolve))
        return Errno::Einval;
    if (creates(how.flags) ? how.mode & ~07777ull : how.mode)
        return Errno::Einval;
    if ((how.resolve & RESOLVE_BENEATH) && (how.resolve & RESOLVE_IN_ROOT))
        return Errno::Einval;
    if ((how.flags & O_PATH) && (how.flags & ~(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)))
        return Errno::Einval;
    return {};
}

// With O_PATH the flags of contents do not count.
uint32_t known_flags(int flags)
{
    constexpr uint32_t kOfPath = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    auto known = static_cast<uint32_t>(flags) & static_cast<uint32_t>(kKnownFlags);
    return known & O_PATH ? known & kOfPath : known;
}

} // namespace

// open(2)
Result<int> sys_open(Thread& caller, UserString path, int flags, uint32_t mode)
{
    return open_at(caller, AT_FDCWD, path, { .flags = known_flags(flags), .mode = mode });
}

// creat(2)
Result<int> sys_creat(Thread& caller, UserString path, uint32_t mode)
{
    return open_at(caller, AT_FDCWD, path, { .flags = O_CREAT | O_WRONLY | O_TRUNC, .mode = mode });
}

// openat(2)
Result<int> sys_openat(Thread& caller, int directory, UserString path, int flags, uint32_t mode)
{
    return open_at(caller, directory, path, { .flags = known_flags(flags), .mode = mode });
}

// openat2(2)
Result<int> sys_openat2(Thread& caller, int directory, UserString path, uint64_t how_address, size_t size)
{
    auto how = TRY(read_how(how_address, size));
    TRY(check_how(how));
    OpenRequest request {
        .flags = static_cast<uint32_t>(how.flags), .mode = static_cast<uint32_t>(how.mode), .resolve = how.resolve
    };
    return open_at(caller, directory, path, request);
}

// close(2)
Result<> sys_close(Thread& caller, int fd)
{
    auto file = TRY(caller.process().descriptors.remove(fd));
    file->descriptor_closed();
    return {};
}

// close_range(2): with one process for each enclave there is nobody to unshare from
Result<> sys_close_range(Thread& caller, uint32_t first, uint32_t last, uint32_t flags)
{
    if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
        return Errno::Einval;
    constexpr uint32_t kMost = DescriptorTable::kHardLimit;
    if (first > kMost)
        return {};
    auto& descriptors = caller.process().descriptors;
    auto numbers = TRY(descriptors.numbers(static_cast<int>(first), static_cast<int>(last < kMost ? last : kMost)));
    for (auto number : numbers)
        (void)(flags & CLOSE_RANGE_CLOEXEC ? descriptors.set_close_on_exec(number, true) : sys_close(caller, number));
    return {};
}

} // namespace farl
