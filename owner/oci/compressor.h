// Compressor: gzip, the same bytes for the same input.
#pragma once

#include "owner/oci/archive_output.h"

namespace farl::owner {

class Compressor final : public ByteSink {
public:
    explicit Compressor(ByteSink& sink);
    void write(std::span<std::byte const> bytes) override { output_.write(bytes); }
    void finish() { output_.close(); }

private:
    ArchiveOutput output_;
};

} // namespace farl::owner
