// RecordWriter: a record block (abi/formats/record_block.h) that grows record by record. For programs of the owner and
// the host; the enclave writes into memory it has.
#pragma once

#include "abi/formats/record_block.h"

#include <vector>

namespace farl::formats {

// `Allocator` may wipe what it gives up: some blocks have secrets in them.
template <typename Allocator = std::allocator<std::byte>>
class RecordWriter {
public:
    using Buffer = std::vector<std::byte, Allocator>;

    explicit RecordWriter(BlockKind const& kind) : kind_(kind), bytes_(sizeof(BlockHeader)) { }

    // Payload: what the parts hold, one after another.
    template <typename Type>
    void add(Type type, std::initializer_list<Bytes> parts)
    {
        size_t payload_size = 0;
        for (auto part : parts)
            payload_size += part.size();
        auto start = bytes_.size();
        bytes_.resize(start + record_size(payload_size));
        write_record(std::span(bytes_).subspan(start), static_cast<uint32_t>(type), parts);
        ++record_count_;
    }

    // The whole block, with its final size and record count.
    Bytes bytes()
    {
        write_block_header(bytes_, kind_, record_count_);
        return bytes_;
    }

private:
    BlockKind kind_;
    Buffer bytes_;
    uint32_t record_count_ { 0 };
};

} // namespace farl::formats
