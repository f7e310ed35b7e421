// Files mapped for reading, for as long as the object lives.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <span>
#include <utility>

namespace farl::host {

class MappedFile {
public:
    static Result<MappedFile> open(char const* path);
    // The descriptor stays the caller's.
    static Result<MappedFile> from_descriptor(int descriptor);

    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) { }
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile();

    std::span<std::byte const> bytes() const { return bytes_; }
    // Leaves the mapping in place for ever.
    std::span<std::byte const> keep() { return std::exchange(bytes_, {}); }

private:
    explicit MappedFile(std::span<std::byte const> bytes) : bytes_(bytes) { }
    std::span<std::byte const> bytes_;
};

} // namespace farl::host
