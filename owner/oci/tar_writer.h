// TarWriter: a tar (PAX where it is needed), the same bytes for the same entries in the same order.
#pragma once

#include "owner/oci/archive_output.h"
#include "owner/oci/tar_entry.h"

namespace farl::owner {

class TarWriter {
public:
    explicit TarWriter(ByteSink& sink);

    // A regular file's contents follow with write(): as many bytes as its size says.
    void add(std::string const& path, FileAttributes const& attributes);
    void add_hard_link(std::string const& path, std::string const& target);
    void write(std::span<std::byte const> bytes) { output_.write(bytes); }
    void write_zeros(uint64_t count);
    void finish() { output_.close(); }

private:
    ArchiveOutput output_;
};

} // namespace farl::owner
