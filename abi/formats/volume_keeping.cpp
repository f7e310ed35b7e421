#include "abi/formats/volume_keeping.h"

#include <algorithm>
#include <cstring>

namespace farl::formats {

namespace {

template <typename T>
Bytes bytes_of(T const& value)
{
    return std::as_bytes(std::span(&value, 1));
}

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Result<> take_state(KeepRequest& request, Bytes payload)
{
    VolumeStateHeader header;
    if (!request.volume.empty() || payload.size() < sizeof(header))
        return Errno::Einval;
    std::memcpy(&header, payload.data(), sizeof(header));
    auto const name = as_text(payload.subspan(sizeof(header)));
    if (header.is_last > 1 || header.reserved != 0 || !is_volume_name(name))
        return Errno::Einval;
    request.volume = name;
    request.sequence = header.sequence;
    std::ranges::copy(header.tag, request.tag.begin());
    request.is_last = header.is_last;
    return {};
}

Result<> take(KeepRequest& request, Record const& record)
{
    switch (static_cast<KeepRecord>(record.type)) {
    case KeepRecord::Service:
        if (!request.service.empty())
            return Errno::Einval;
        request.service = TRY(checked_line(record.payload));
        return {};
    case KeepRecord::State:
        return take_state(request, record.payload);
    }
    return Errno::Einval;
}

} // namespace

Result<KeepRequest> parse_keep_request(Bytes block)
{
    KeepRequest request {};
    auto const records = TRY(Records::parse_whole(block, kKeepRequest));
    for (auto record : records)
        TRY(take(request, record));
    if (request.service.empty() || request.volume.empty())
        return Errno::Einval;
    return request;
}

Result<uint32_t> parse_kept(Bytes block)
{
    auto const records = TRY(Records::parse_whole(block, kKept));
    bool is_there = false;
    uint32_t seconds = 0;
    for (auto record : records) {
        if (is_there || record.type != static_cast<uint32_t>(KeptRecord::Lease))
            return Errno::Einval;
        seconds = TRY(checked_number(record.payload));
        is_there = true;
    }
    return is_there ? Result<uint32_t>(seconds) : Errno::Einval;
}

bool is_keep_request(Bytes block) { return claims_to_be(block, kKeepRequest); }

size_t keep_request_size(KeepRequest const& request)
{
    return sizeof(BlockHeader) + record_size(request.service.size())
        + record_size(sizeof(VolumeStateHeader) + request.volume.size());
}

void write_keep_request(std::span<std::byte> room, KeepRequest const& request)
{
    VolumeStateHeader header { .sequence = request.sequence, .tag = {}, .is_last = request.is_last, .reserved = 0 };
    std::ranges::copy(request.tag, header.tag);
    write_block_header(room, kKeepRequest, 2);
    auto const records = room.subspan(sizeof(BlockHeader));
    auto const first_size = record_size(request.service.size());
    write_record(records.first(first_size), static_cast<uint32_t>(KeepRecord::Service), { bytes_of(request.service) });
    write_record(records.subspan(first_size), static_cast<uint32_t>(KeepRecord::State),
        { bytes_of(header), bytes_of(request.volume) });
}

size_t kept_size() { return sizeof(BlockHeader) + record_size(sizeof(uint32_t)); }

void write_kept(std::span<std::byte> room, uint32_t lease_seconds)
{
    write_block_header(room, kKept, 1);
    write_record(
        room.subspan(sizeof(BlockHeader)), static_cast<uint32_t>(KeptRecord::Lease), { bytes_of(lease_seconds) });
}

} // namespace farl::formats
