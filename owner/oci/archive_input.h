// ArchiveInput: a ByteSource as what libarchive reads. An exception of the source ends the reading, and is thrown again
// once libarchive, whose frames cannot be unwound, has returned.
#pragma once

#include "owner/oci/archive_handle.h"
#include "owner/oci/byte_stream.h"

#include <cerrno>
#include <cstdint>
#include <exception>
#include <vector>

namespace farl::owner {

class ArchiveInput {
public:
    explicit ArchiveInput(ByteSource& source) : source_(source), block_(kStreamBlock) { }
    ArchiveInput(ArchiveInput const&) = delete;

    int open(archive* handle) { return archive_read_open(handle, this, nullptr, pull, nullptr); }
    // After each call of libarchive.
    void rethrow_failure() const
    {
        if (failure_)
            std::rethrow_exception(failure_);
    }
    uint64_t size() const { return size_; } // of what was read

private:
    static la_ssize_t pull(archive* handle, void* self, void const** bytes)
    {
        auto& input = *static_cast<ArchiveInput*>(self);
        try {
            auto const count = input.source_.read(input.block_);
            input.size_ += count;
            *bytes = input.block_.data();
            return static_cast<la_ssize_t>(count);
        } catch (...) {
            input.failure_ = std::current_exception();
            archive_set_error(handle, EIO, "the source failed");
            return ARCHIVE_FATAL;
        }
    }

    ByteSource& source_;
    std::vector<std::byte> block_;
    uint64_t size_ { 0 };
    std::exception_ptr failure_;
};

} // namespace farl::owner
