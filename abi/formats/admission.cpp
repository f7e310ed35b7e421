#include "abi/formats/admission.h"

#include <cstring>

namespace farl::formats {

namespace {

Bytes bytes_of(std::string_view text) { return { reinterpret_cast<std::byte const*>(text.data()), text.size() }; }

Result<Records> all_of(Bytes block, BlockKind const& kind)
{
    auto records = TRY(Records::parse(block, kind));
    if (records.block_size() != block.size())
        return Errno::Einval;
    return records;
}

// No control characters: they would reach the operator's terminal.
Result<> take_text(std::string_view& text, Bytes payload)
{
    auto value = as_text(payload);
    for (auto character : value)
        if (static_cast<unsigned char>(character) < ' ' || character == '\x7f')
            return Errno::Einval;
    if (!text.empty() || value.empty())
        return Errno::Einval;
    text = value;
    return {};
}

} // namespace

Result<std::string_view> parse_request(Bytes block)
{
    std::string_view service;
    auto records = TRY(all_of(block, kRequest));
    for (auto record : records) {
        if (record.type != static_cast<uint32_t>(RequestRecord::Service))
            return Errno::Einval;
        TRY(take_text(service, record.payload));
    }
    if (service.empty())
        return Errno::Einval;
    return service;
}

Result<Denial> parse_denial(Bytes block)
{
    auto records = TRY(all_of(block, kDenial));
    Denial denial;
    for (auto record : records) {
        switch (static_cast<DenialRecord>(record.type)) {
        case DenialRecord::Reason:
            TRY(take_text(denial.reason, record.payload));
            continue;
        case DenialRecord::Explanation:
            TRY(take_text(denial.explanation, record.payload));
            continue;
        }
        return Errno::Einval;
    }
    if (denial.reason.empty() || denial.explanation.empty())
        return Errno::Einval;
    return denial;
}

bool is_denial(Bytes block)
{
    uint64_t magic = 0;
    if (block.size() >= sizeof(magic))
        std::memcpy(&magic, block.data(), sizeof(magic));
    return magic == kDenial.magic;
}

size_t request_size(std::string_view service) { return sizeof(BlockHeader) + record_size(service.size()); }

void write_request(std::span<std::byte> room, std::string_view service)
{
    write_block_header(room, kRequest, 1);
    write_record(
        room.subspan(sizeof(BlockHeader)), static_cast<uint32_t>(RequestRecord::Service), { bytes_of(service) });
}

size_t denial_size(Denial const& denial)
{
    return sizeof(BlockHeader) + record_size(denial.reason.size()) + record_size(denial.explanation.size());
}

void write_denial(std::span<std::byte> room, Denial const& denial)
{
    write_block_header(room, kDenial, 2);
    auto reason_size = record_size(denial.reason.size());
    auto records = room.subspan(sizeof(BlockHeader));
    write_record(records.first(reason_size), static_cast<uint32_t>(DenialRecord::Reason), { bytes_of(denial.reason) });
    write_record(records.subspan(reason_size), static_cast<uint32_t>(DenialRecord::Explanation),
        { bytes_of(denial.explanation) });
}

} // namespace farl::formats
