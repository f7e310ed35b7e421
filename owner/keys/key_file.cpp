#include "owner/keys/key_file.h"

#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr size_t kLargestKey = 64 << 10;

[[noreturn]] void fail(std::string const& path, char const* what)
{
    throw UserError(kNotFound, fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

std::string directory_of(std::string const& path)
{
    auto slash = path.rfind('/');
    return slash == path.npos ? "." : path.substr(0, slash + 1);
}

void write_all(int file, std::string_view bytes, std::string const& path)
{
    while (!bytes.empty()) {
        auto count = write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            fail(path, "cannot write");
        bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    }
}

struct RemovedFile {
    std::string path;
    ~RemovedFile() { unlink(path.c_str()); }
};

} // namespace

KeyFile make_key_file(std::string const& path, Secret const& contents)
{
    auto temporary = path + ".XXXXXX";                          // until it is whole
    FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC)); // mode 0600
    if (!file)
        fail(path, "cannot be made");
    RemovedFile removed { temporary };
    write_all(file.get(), contents.reveal(), path);
    if (fsync(file.get()))
        fail(path, "cannot write");
    if (link(temporary.c_str(), path.c_str())) {
        if (errno == EEXIST)
            return KeyFile::Exists;
        fail(path, "cannot be made");
    }
    FileDescriptor parent(open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent || fsync(parent.get()))
        fail(path, "cannot write");
    return KeyFile::IsMade;
}

Secret read_key_file(std::string const& path)
{
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status;
    if (!file || fstat(file.get(), &status))
        fail(path, "cannot be opened");
    if (status.st_mode & 077)
        throw UserError(
            kNotRunnable, fmt::format("{}: others may read this key; forbid it with `chmod 600 {}`", path, path));
    Secret contents { kLargestKey };
    auto count = read(file.get(), contents.writable().data(), contents.size());
    if (count < 0)
        fail(path, "cannot be read");
    return Secret(contents.reveal().substr(0, static_cast<size_t>(count)));
}

} // namespace farl::owner
