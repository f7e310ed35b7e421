#include "enclave/syscall/directories.h"

#include "enclave/syscall/target.h"
#include "enclave/vfs/directory_records.h"

namespace farl {

namespace {

// The host and other file systems tell a removed directory so.
constexpr std::string_view kDeleted = " (deleted)";

Result<> enter(Process& process, Ref<File> directory)
{
    if (!directory->is_directory())
        return Errno::Enotdir;
    auto path = TRY(directory->current_path());
    process.set_working_directory({ std::move(directory), std::move(path) });
    return {};
}

Result<> check_may_enter(Thread& caller, int fd)
{
    auto name = TRY(String::from("."));
    auto location = TRY(locate(caller, fd, name.view(), Follow::Yes));
    return location.file_system->check_access(location.file_path(), X_OK, true, Follow::Yes);
}

Result<Ref<File>> readable_directory(Thread& caller, int fd)
{
    auto file = TRY(caller.file(fd));
    if (!file->is_directory())
        return Errno::Enotdir;
    return file;
}

// The record of getdents(2) is as long as that of getdents64(2): the name moves one byte forward, the type to the end.
void make_old_fashioned(std::span<char> records)
{
    constexpr size_t kOldNameOffset = 18;
    while (!records.empty()) {
        DirectoryRecord record;
        __builtin_memcpy(&record, records.data(), kRecordHeaderSize);
        __builtin_memmove(
            records.data() + kOldNameOffset, records.data() + kRecordHeaderSize, record.size - kRecordHeaderSize);
        records[record.size - 1u] = static_cast<char>(record.type);
        records = records.subspan(record.size);
    }
}

} // namespace

// getcwd(2): the size counts the terminator
Result<size_t> sys_getcwd(Thread& caller, UserBytes buffer, size_t size)
{
    auto directory = TRY(caller.process().working_directory());
    auto path = directory.file ? TRY(directory.file->current_path()) : std::move(directory.path);
    if (path.view().ends_with(kDeleted))
        return Errno::Enoent;
    if (path.size() + 1 > size)
        return Errno::Erange;
    TRY(copy_to_user(buffer.address, path.c_str(), path.size() + 1));
    return path.size() + 1;
}

// chdir(2)
Result<> sys_chdir(Thread& caller, UserString path)
{
    auto location = TRY(locate(caller, AT_FDCWD, path, Follow::Yes));
    auto directory = TRY(location.file_system->open(location.file_path(), { .flags = O_PATH | O_DIRECTORY }));
    TRY(location.file_system->check_access(location.file_path(), X_OK, true, Follow::Yes));
    return enter(caller.process(), std::move(directory));
}

// fchdir(2)
Result<> sys_fchdir(Thread& caller, int fd)
{
    auto file = TRY(caller.any_file(fd));
    if (!file->is_directory())
        return Errno::Enotdir;
    TRY(check_may_enter(caller, fd));
    return enter(caller.process(), std::move(file));
}

// mkdirat(2)
Result<> sys_mkdirat(Thread& caller, int directory, UserString path, uint32_t mode)
{
    auto location = TRY(locate(caller, directory, path, Follow::No));
    return location.file_system->make_directory(location.file_path(), mode & 01777 & ~caller.process().umask.load());
}

// mkdir(2)
Result<> sys_mkdir(Thread& caller, UserString path, uint32_t mode) { return sys_mkdirat(caller, AT_FDCWD, path, mode); }

// rmdir(2)
Result<> sys_rmdir(Thread& caller, UserString path)
{
    auto location = TRY(locate(caller, AT_FDCWD, path, Follow::No));
    return location.file_system->remove(location.file_path(), true);
}

// getdents64(2)
Result<size_t> sys_getdents64(Thread& caller, int fd, UserBytes buffer, uint32_t size)
{
    auto directory = TRY(readable_directory(caller, fd));
    auto room = static_cast<int32_t>(size) < 0 ? 0 : size; // for no record, as the kernel counts
    return directory->read_directory(TRY(user_sink(buffer, room)));
}

// getdents(2)
Result<size_t> sys_getdents(Thread& caller, int fd, UserBytes buffer, uint32_t size)
{
    constexpr uint32_t kMost = 32 * 1024;
    auto directory = TRY(readable_directory(caller, fd));
    Vector<char> records;
    TRY(records.resize(size < kMost ? size : kMost));
    auto count = TRY(directory->read_directory(Sink::of(records.data(), records.size())));
    make_old_fashioned(records.span().first(count));
    TRY(copy_to_user(buffer.address, records.data(), count));
    return count;
}

} // namespace farl
