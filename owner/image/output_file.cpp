#include "owner/image/output_file.h"

#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace farl::owner {

namespace {

[[noreturn]] void fail(std::string const& path) { throw UserError(kRefused, path + ": " + std::strerror(errno)); }

} // namespace

OutputFile OutputFile::create(std::string const& path)
{
    FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file)
        fail(path);
    return { std::move(file), path };
}

void OutputFile::write_at(uint64_t offset, std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        auto count = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(path_);
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
}

void OutputFile::resize(uint64_t size)
{
    if (ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
        fail(path_);
}

} // namespace farl::owner
