#include "owner/oci/compressor.h"

namespace farl::owner {

Compressor::Compressor(ByteSink& sink) : output_(archive_write_new(), sink)
{
    auto* handle = output_.handle();
    output_.check(archive_write_set_format_raw(handle));
    output_.check(archive_write_add_filter_gzip(handle));
    output_.check(archive_write_set_filter_option(handle, "gzip", "compression-level", "6"));
    output_.check(archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr));
    output_.open();
    ArchiveEntry entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), "layer");
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    output_.write_header(entry.get());
}

} // namespace farl::owner
