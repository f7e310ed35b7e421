// A regular file mapped for reading. Empty files map to no bytes. Who shortens the file meanwhile gets SIGBUS.
#pragma once

#include "base/result.h"

#include <cerrno>
#include <cstddef>
#include <span>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

namespace farl::owner {

class MappedFile {
public:
    // EINVAL if `fd` is not a regular file.
    static Result<MappedFile> map(int fd)
    {
        struct stat status { };
        if (::fstat(fd, &status) != 0)
            return static_cast<Errno>(errno);
        if (!S_ISREG(status.st_mode))
            return Errno::Einval;
        auto const size = static_cast<size_t>(status.st_size);
        if (size == 0)
            return MappedFile({});
        void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (address == MAP_FAILED)
            return static_cast<Errno>(errno);
        return MappedFile({ static_cast<std::byte*>(address), size });
    }

    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) { }
    MappedFile& operator=(MappedFile&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MappedFile()
    {
        if (!bytes_.empty())
            ::munmap(bytes_.data(), bytes_.size());
    }

    std::span<std::byte const> bytes() const { return bytes_; }

private:
    explicit MappedFile(std::span<std::byte> bytes) : bytes_(bytes) { }

    std::span<std::byte> bytes_;
};

} // namespace farl::owner
