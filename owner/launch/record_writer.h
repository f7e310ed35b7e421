// RecordWriter: a record block (abi/formats/record_block.h) that grows record by record.
#pragma once

#include "abi/formats/record_block.h"

#include <vector>

namespace farl::owner {

// `Allocator` may wipe what it gives up: some blocks have secrets in them.
template <typename Allocator = std::allocator<std::byte>>
class RecordWriter {
public:
    using Buffer = std::vector<std::byte, Allocator>;

    explicit RecordWriter(formats::BlockKind const& kind) : kind_(kind), bytes_(sizeof(formats::BlockHeader)) { }

    // Payload: what the parts hold, one after another.
    template <typename Type>
    void add(Type type, std::initializer_list<formats::Bytes> parts)
    {
        size_t payload_size = 0;
        for (auto part : parts)
            payload_size += part.size();
        auto start = bytes_.size();
        bytes_.resize(start + formats::record_size(payload_size));
        formats::write_record(std::span(bytes_).subspan(start), static_cast<uint32_t>(type), parts);
        ++record_count_;
    }

    // The whole block, with its final size and record count.
    formats::Bytes bytes()
    {
        formats::write_block_header(bytes_, kind_, record_count_);
        return bytes_;
    }

private:
    formats::BlockKind kind_;
    Buffer bytes_;
    uint32_t record_count_ { 0 };
};

} // namespace farl::owner
