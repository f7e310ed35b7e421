#include "abi/formats/admission.h"

namespace farl::formats {

namespace {

Bytes bytes_of(std::string_view text) { return { reinterpret_cast<std::byte const*>(text.data()), text.size() }; }

Result<> take_text(std::string_view& text, Bytes payload)
{
    if (!text.empty())
        return Errno::Einval;
    text = TRY(checked_line(payload));
    return {};
}

} // namespace

Result<std::string_view> parse_request(Bytes block, BlockKind const& kind)
{
    std::string_view service;
    auto records = TRY(Records::parse_whole(block, kind));
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
    auto records = TRY(Records::parse_whole(block, kDenial));
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

bool is_renewal(Bytes block) { return claims_to_be(block, kRenewal); }

bool is_denial(Bytes block) { return claims_to_be(block, kDenial); }

size_t request_size(std::string_view service) { return sizeof(BlockHeader) + record_size(service.size()); }

void write_request(std::span<std::byte> room, std::string_view service, BlockKind const& kind)
{
    write_block_header(room, kind, 1);
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
