#include "owner/oci/file_stream.h"

#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

size_t FileSource::read(std::span<std::byte> buffer)
{
    while (true) {
        auto const count = ::read(file_.get(), buffer.data(), buffer.size());
        if (count >= 0)
            return static_cast<size_t>(count);
        if (errno != EINTR)
            throw UserError(kNotFound, fmt::format("{}: cannot be read: {}", path_, std::strerror(errno)));
    }
}

void FileSink::write(std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        auto const count = ::write(file_.get(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            throw UserError(kFarlFailed, fmt::format("{}: cannot be written: {}", path_, std::strerror(errno)));
        bytes = bytes.subspan(count > 0 ? static_cast<size_t>(count) : 0);
    }
}

} // namespace farl::owner
