#include "owner/volume/store_file.h"

#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

[[noreturn]] void fail(std::string const& path, char const* what)
{
    throw UserError(errno == ENOENT ? kNotFound : kNotRunnable, fmt::format("{}: {}: {}", path, what, strerror(errno)));
}

off_t offset_of(uint32_t slot) { return static_cast<off_t>(uint64_t { slot } * formats::kVolumeSlotSize); }

std::string directory_of(std::string const& path)
{
    auto const slash = path.rfind('/');
    return slash == path.npos ? "." : path.substr(0, slash + 1);
}

} // namespace

StoreFile StoreFile::open(std::string const& path)
{
    StoreFile file(FileDescriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)), path);
    struct stat status { };
    if (!file.file_)
        fail(path, "cannot be opened");
    if (fstat(file.file_.get(), &status) || !S_ISREG(status.st_mode))
        throw UserError(kNotRunnable, fmt::format("{}: is no file", path));
    file.lock();
    struct stat now { };
    if (stat(path.c_str(), &now) || now.st_dev != status.st_dev || now.st_ino != status.st_ino)
        throw UserError(kRefused, fmt::format("{}: has just been replaced by another file; try again", path));
    return file;
}

StoreFile StoreFile::create(std::string const& path)
{
    StoreFile file(FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)), path);
    if (!file.file_ && errno == EEXIST)
        throw UserError(kBadUsage, fmt::format("{}: is there already; nothing is overwritten", path));
    if (!file.file_)
        fail(path, "cannot be made");
    file.lock();
    return file;
}

void StoreFile::lock()
{
    if (flock(file_.get(), LOCK_EX | LOCK_NB))
        throw UserError(kRefused, fmt::format("{}: is in use; wait until that has ended", path_));
}

uint64_t StoreFile::size() const
{
    struct stat status { };
    if (fstat(file_.get(), &status))
        fail(path_, "cannot be examined");
    return static_cast<uint64_t>(status.st_size);
}

uint32_t StoreFile::slot_count() const
{
    return static_cast<uint32_t>(std::min<uint64_t>(size() / formats::kVolumeSlotSize, UINT32_MAX));
}

SlotData StoreFile::read(uint32_t slot) const
{
    SlotData bytes {};
    for (size_t done = 0; done < bytes.size();) {
        auto const count =
            pread(file_.get(), bytes.data() + done, bytes.size() - done, offset_of(slot) + static_cast<off_t>(done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno != EIO)
            fail(path_, "cannot be read");
        if (count <= 0) // a damaged disk loses this slot, not the others
            break;
        done += static_cast<size_t>(count);
    }
    return bytes;
}

void StoreFile::write(uint32_t slot, SlotData const& bytes)
{
    for (size_t done = 0; done < bytes.size();) {
        auto const count =
            pwrite(file_.get(), bytes.data() + done, bytes.size() - done, offset_of(slot) + static_cast<off_t>(done));
        if (count < 0 && errno != EINTR)
            fail(path_, "cannot be written");
        done += static_cast<size_t>(std::max<ssize_t>(count, 0));
    }
}

void StoreFile::resize(uint32_t slot_count)
{
    if (ftruncate(file_.get(), offset_of(slot_count)))
        fail(path_, "cannot be resized");
}

void StoreFile::sync()
{
    if (fsync(file_.get()))
        fail(path_, "cannot be written");
}

void StoreFile::replace(std::string const& path)
{
    struct stat old { };
    if (stat(path.c_str(), &old) || fchmod(file_.get(), old.st_mode & 0777))
        fail(path, "cannot be replaced");
    if (fchown(file_.get(), old.st_uid, old.st_gid) && errno != EPERM)
        fail(path, "cannot be replaced");
    sync();
    if (rename(path_.c_str(), path.c_str()))
        fail(path, "cannot be replaced");
    path_ = path;
    FileDescriptor const directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || fsync(directory.get()))
        fail(path, "cannot be made durable");
}

} // namespace farl::owner
