#include "abi/formats/record_block.h"

#include "base/checked.h"

#include <cstring>

namespace farl::formats {

namespace {

constexpr uint64_t kAlignment = 8;

struct FirstRecord {
    Record record;
    Bytes rest; // what follows the padding
};

// The caller knows that `bytes` is large enough.
template <typename T>
T load(Bytes bytes)
{
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

bool contains(std::string_view text, char wanted)
{
    for (char character : text)
        if (character == wanted)
            return true;
    return false;
}

bool is_zero(Bytes bytes)
{
    for (auto byte : bytes)
        if (byte != std::byte { 0 })
            return false;
    return true;
}

Result<FirstRecord> first_record(Bytes records)
{
    if (records.size() < sizeof(RecordHeader))
        return Errno::Einval;
    auto header = load<RecordHeader>(records);
    auto after_header = records.subspan(sizeof(RecordHeader));
    if (header.flags != 0 || header.length > after_header.size())
        return Errno::Einval;

    // Cannot wrap: the length is at most the size of memory. The padding may still be missing.
    auto padded = align_up(header.length, kAlignment);
    if (padded > after_header.size() || !is_zero(after_header.subspan(header.length, padded - header.length)))
        return Errno::Einval;
    return FirstRecord { { header.type, after_header.first(header.length) }, after_header.subspan(padded) };
}

} // namespace

Result<Records> Records::parse(Bytes block, BlockKind const& kind)
{
    if (block.size() < sizeof(BlockHeader))
        return Errno::Einval;
    auto header = load<BlockHeader>(block);
    if (header.magic != kind.magic || header.version != kind.version)
        return Errno::Einval;
    if (header.size < sizeof(BlockHeader) || header.size > block.size() || header.size > kind.largest)
        return Errno::Einval;

    auto records = block.first(header.size).subspan(sizeof(BlockHeader));
    auto rest = records;
    for (uint32_t i = 0; i < header.record_count; ++i)
        rest = TRY(first_record(rest)).rest;
    if (!rest.empty())
        return Errno::Einval;
    return Records(records);
}

Result<Records> Records::parse_whole(Bytes block, BlockKind const& kind)
{
    auto records = TRY(parse(block, kind));
    if (records.block_size() != block.size())
        return Errno::Einval;
    return records;
}

Record Records::Iterator::operator*() const { return MUST(first_record(rest_)).record; }

auto Records::Iterator::operator++() -> Iterator&
{
    rest_ = MUST(first_record(rest_)).rest;
    return *this;
}

std::string_view as_text(Bytes payload) { return { reinterpret_cast<char const*>(payload.data()), payload.size() }; }

uint32_t as_number(Bytes payload) { return load<uint32_t>(payload); }

Result<std::string_view> checked_text(Bytes payload)
{
    auto text = as_text(payload);
    if (contains(text, '\0'))
        return Errno::Einval;
    return text;
}

// What an operator's terminal would take for more than text is not in it.
Result<std::string_view> checked_line(Bytes payload)
{
    auto text = as_text(payload);
    for (auto character : text)
        if (static_cast<unsigned char>(character) < ' ' || character == '\x7f')
            return Errno::Einval;
    return text.empty() ? Result<std::string_view>(Errno::Einval) : text;
}

Result<std::string_view> checked_absolute_path(Bytes payload)
{
    auto text = TRY(checked_text(payload));
    if (text.empty() || text[0] != '/')
        return Errno::Einval;
    return text;
}

Result<std::string_view> checked_variable(Bytes payload)
{
    auto text = TRY(checked_text(payload));
    if (text.empty() || text[0] == '=' || !contains(text, '='))
        return Errno::Einval;
    return text;
}

Result<uint32_t> checked_number(Bytes payload)
{
    if (payload.size() != sizeof(uint32_t))
        return Errno::Einval;
    return as_number(payload);
}

bool claims_to_be(Bytes block, BlockKind const& kind)
{
    return block.size() >= sizeof(kind.magic) && load<uint64_t>(block) == kind.magic;
}

size_t record_size(size_t payload_size) { return sizeof(RecordHeader) + align_up<size_t>(payload_size, kAlignment); }

void write_record(std::span<std::byte> room, uint32_t type, std::initializer_list<Bytes> parts)
{
    auto* next = room.data() + sizeof(RecordHeader);
    uint64_t length = 0;
    for (auto part : parts) {
        if (!part.empty()) // memcpy takes no null pointer
            std::memcpy(next + length, part.data(), part.size());
        length += part.size();
    }
    ASSERT(room.size() == record_size(length));
    RecordHeader header { type, 0, length };
    std::memcpy(room.data(), &header, sizeof(header));
    std::memset(next + length, 0, room.size() - sizeof(header) - length);
}

void write_block_header(std::span<std::byte> block, BlockKind const& kind, uint32_t record_count)
{
    BlockHeader header { kind.magic, kind.version, record_count, block.size() };
    std::memcpy(block.data(), &header, sizeof(header));
}

} // namespace farl::formats
