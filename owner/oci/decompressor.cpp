#include "owner/oci/decompressor.h"

#include "owner/oci/image_defect.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

// gzip reaches 1 : 1032 with nothing but zeros; zstd has no bound.
constexpr uint64_t kLargestExpansion = 1200;
constexpr uint64_t kAlwaysAllowed = 64 << 20;

} // namespace

Decompressor::Decompressor(ByteSource& source) : input_(source), archive_(made(archive_read_new()))
{
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
}

void Decompressor::check_expansion() const
{
    if (size_ > kAlwaysAllowed && size_ / kLargestExpansion > input_.size())
        throw ImageDefect(fmt::format("is a compression bomb: {} bytes became more than {}", input_.size(), size_));
}

size_t Decompressor::read(std::span<std::byte> buffer)
{
    la_ssize_t count = 0;
    if (!is_open_) {
        archive_entry* entry = nullptr;
        count = input_.open(archive_.get());
        if (count == ARCHIVE_OK)
            count = archive_read_next_header(archive_.get(), &entry);
        input_.rethrow_failure();
        if (count == ARCHIVE_EOF)
            return 0;
        is_open_ = true;
    }
    if (count == ARCHIVE_OK)
        count = archive_read_data(archive_.get(), buffer.data(), buffer.size());
    input_.rethrow_failure();
    if (count < 0)
        throw ImageDefect(fmt::format("cannot be decompressed: {}", reason_of(archive_.get())));
    size_ += static_cast<uint64_t>(count);
    check_expansion();
    return static_cast<size_t>(count);
}

} // namespace farl::owner
