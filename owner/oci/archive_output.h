// ArchiveOutput: a ByteSink as what libarchive writes to. As with ArchiveInput, an exception of the sink is thrown
// again once libarchive has returned.
#pragma once

#include "owner/oci/archive_handle.h"
#include "owner/oci/byte_stream.h"

#include <cerrno>
#include <exception>
#include <stdexcept>

namespace farl::owner {

class ArchiveOutput {
public:
    ArchiveOutput(archive* handle, ByteSink& sink) : sink_(sink), handle_(made(handle)) { }
    ArchiveOutput(ArchiveOutput const&) = delete;

    archive* handle() { return handle_.get(); }
    // After its format, filters and options were set.
    void open()
    {
        archive_write_set_bytes_per_block(handle(), kStreamBlock);
        archive_write_set_bytes_in_last_block(handle(), 1); // no padding
        check(archive_write_open(handle(), this, nullptr, push, nullptr));
    }
    void write_header(archive_entry* entry) { check(archive_write_header(handle(), entry)); }
    void write(std::span<std::byte const> bytes)
    {
        auto const count = archive_write_data(handle(), bytes.data(), bytes.size());
        check(count == static_cast<la_ssize_t>(bytes.size()) ? ARCHIVE_OK : ARCHIVE_FATAL);
    }
    void close() { check(archive_write_close(handle())); }
    void check(int answer)
    {
        if (failure_)
            std::rethrow_exception(failure_);
        if (answer != ARCHIVE_OK)
            throw std::runtime_error(std::string("an archive cannot be written: ") + reason_of(handle()));
    }

private:
    static la_ssize_t push(archive* handle, void* self, void const* bytes, size_t size)
    {
        auto& output = *static_cast<ArchiveOutput*>(self);
        if (output.failure_)
            return ARCHIVE_FATAL;
        try {
            output.sink_.write({ static_cast<std::byte const*>(bytes), size });
            return static_cast<la_ssize_t>(size);
        } catch (...) {
            output.failure_ = std::current_exception();
            archive_set_error(handle, EIO, "the sink failed");
            return ARCHIVE_FATAL;
        }
    }

    ByteSink& sink_;
    std::exception_ptr failure_;
    ArchiveHandle handle_; // freed first: it may still write
};

} // namespace farl::owner
