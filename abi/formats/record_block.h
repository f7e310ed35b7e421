// A record block: a header, then records of a type and a payload. The shape that the launch configuration
// (docs/formats/launch-config.md) and the messages of attestation share; each has its magic and its types of records.
// Blocks come from whoever wants to send them: parse() checks all of their structure, and reads only memory that nobody
// changes meanwhile. Nothing here allocates; every view points into the block.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace farl::formats {

using Bytes = std::span<std::byte const>;

struct BlockHeader {
    uint64_t magic;
    uint32_t version;
    uint32_t record_count;
    uint64_t size; // of the whole block, this header included
};
static_assert(sizeof(BlockHeader) == 24);

// A record is this header, `length` bytes of payload, and zeros up to the next multiple of 8.
struct RecordHeader {
    uint32_t type;
    uint32_t flags; // must be 0
    uint64_t length;
};
static_assert(sizeof(RecordHeader) == 16);

// What tells one kind of block from another.
struct BlockKind {
    uint64_t magic;
    uint32_t version;
    uint64_t largest;
};

struct Record {
    uint32_t type;
    Bytes payload;
};

// The records of a block that was checked, in order.
class Records {
public:
    class Iterator {
    public:
        explicit Iterator(Bytes rest) : rest_(rest) { }
        Record operator*() const;
        Iterator& operator++();
        bool operator==(Iterator const& other) const { return rest_.size() == other.rest_.size(); }

    private:
        Bytes rest_;
    };

    Records() = default;
    // EINVAL for anything but a block of this kind. Bytes after it (the padding of a page) are ignored.
    static Result<Records> parse(Bytes block, BlockKind const& kind);
    // EINVAL for such bytes, too.
    static Result<Records> parse_whole(Bytes block, BlockKind const& kind);

    Iterator begin() const { return Iterator(bytes_); }
    Iterator end() const { return Iterator({}); }
    size_t block_size() const { return sizeof(BlockHeader) + bytes_.size(); }

private:
    explicit Records(Bytes bytes) : bytes_(bytes) { }
    Bytes bytes_;
};

// The payloads of one type, in order, as what `Decode` makes of them; for a range-based for.
template <auto Decode>
class PayloadsOf {
public:
    class Iterator {
    public:
        Iterator(Records::Iterator at, Records::Iterator end, uint32_t type) : at_(at), end_(end), type_(type)
        {
            skip_others();
        }
        auto operator*() const { return Decode((*at_).payload); }
        Iterator& operator++()
        {
            ++at_;
            skip_others();
            return *this;
        }
        bool operator==(Iterator const& other) const { return at_ == other.at_; }

    private:
        void skip_others()
        {
            while (at_ != end_ && (*at_).type != type_)
                ++at_;
        }
        Records::Iterator at_;
        Records::Iterator end_;
        uint32_t type_;
    };

    PayloadsOf(Records const& records, uint32_t type) : records_(records), type_(type) { }
    Iterator begin() const { return { records_.begin(), records_.end(), type_ }; }
    Iterator end() const { return { records_.end(), records_.end(), type_ }; }

private:
    Records records_;
    uint32_t type_;
};

// What a payload holds, once a reader has checked it.
std::string_view as_text(Bytes payload);
uint32_t as_number(Bytes payload);

// The checks that readers share: EINVAL.
Result<std::string_view> checked_text(Bytes payload);          // without NUL
Result<std::string_view> checked_line(Bytes payload);          // not empty; no control characters
Result<std::string_view> checked_absolute_path(Bytes payload); // begins with '/'; without NUL
Result<std::string_view> checked_variable(Bytes payload);      // "NAME=VALUE"
Result<uint32_t> checked_number(Bytes payload);                // 4 bytes

// By its first bytes; nothing else of it is looked at.
bool claims_to_be(Bytes block, BlockKind const& kind);

// Writing: `room` has exactly the size that record_size() tells; the payload is what `parts` hold, one after another.
size_t record_size(size_t payload_size);
void write_record(std::span<std::byte> room, uint32_t type, std::initializer_list<Bytes> parts);
// At the beginning of the whole block, whose records are there.
void write_block_header(std::span<std::byte> block, BlockKind const& kind, uint32_t record_count);

} // namespace farl::formats
