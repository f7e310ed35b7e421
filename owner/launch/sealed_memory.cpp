#include "owner/launch/sealed_memory.h"

#include "owner/launch/kept_descriptor.h"
#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace farl::owner {

namespace {

void write_all(int fd, std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        auto written = write(fd, bytes.data(), bytes.size());
        if (written < 0)
            throw UserError(
                kFarlFailed, fmt::format("cannot write the launch configuration: {}", std::strerror(errno)));
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
}

} // namespace

FileDescriptor sealed_memory(char const* name, std::span<std::byte const> bytes)
{
    FileDescriptor file(memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC));
    if (!file)
        throw UserError(kFarlFailed, fmt::format("memfd_create: {}", std::strerror(errno)));
    write_all(file.get(), bytes);
    fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return FileDescriptor(kept_descriptor(file.get()));
}

} // namespace farl::owner
