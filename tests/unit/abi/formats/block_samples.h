// BlockSample: a record block for tests, built record by record, right or wrong.
#pragma once

#include "abi/formats/record_block.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace farl::formats {

class BlockSample {
public:
    explicit BlockSample(BlockKind const& kind) : kind_(kind), bytes_(sizeof(BlockHeader)) { }

    template <typename Type>
    BlockSample& add(Type type, std::string_view payload)
    {
        auto start = bytes_.size();
        bytes_.resize(start + record_size(payload.size()));
        write_record(
            std::span(bytes_).subspan(start), static_cast<uint32_t>(type), { std::as_bytes(std::span(payload)) });
        ++count_;
        return *this;
    }
    std::vector<std::byte> block() const
    {
        auto bytes = bytes_;
        write_block_header(bytes, kind_, count_);
        return bytes;
    }

private:
    BlockKind kind_;
    std::vector<std::byte> bytes_;
    uint32_t count_ { 0 };
};

// Calls `read` with a copy in an allocation of exactly the block's size, so that a sanitizer sees the first byte read
// beyond it.
template <typename Read>
auto in_exact_memory(Bytes block, Read read)
{
    auto copy = std::make_unique<std::byte[]>(block.size());
    std::ranges::copy(block, copy.get());
    return read(Bytes { copy.get(), block.size() });
}

} // namespace farl::formats
