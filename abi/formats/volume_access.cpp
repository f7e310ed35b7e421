#include "abi/formats/volume_access.h"

#include "abi/formats/canonical_path.h"

#include <cstddef>
#include <cstring>

namespace farl::formats {

namespace {

constexpr size_t kLongestName = 63;

VolumeAccessHeader header_of(Bytes payload)
{
    VolumeAccessHeader header;
    std::memcpy(&header, payload.data(), sizeof(header));
    return header;
}

bool is_alphanumeric(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')
        || (character >= '0' && character <= '9');
}

} // namespace

bool is_volume_name(std::string_view name)
{
    if (name.empty() || name.size() > kLongestName || !is_alphanumeric(name[0]))
        return false;
    for (auto character : name)
        if (!is_alphanumeric(character) && character != '-' && character != '_' && character != '.')
            return false;
    return true;
}

VolumeAccess as_volume(Bytes payload)
{
    auto const header = header_of(payload);
    auto field = [&](size_t offset, size_t size) { return payload.subspan(offset, size); };
    auto const rest = payload.subspan(sizeof(header));
    return { .key = field(offsetof(VolumeAccessHeader, key), sizeof(header.key)),
        .id = field(offsetof(VolumeAccessHeader, id), sizeof(header.id)),
        .sequence = header.sequence,
        .tag = field(offsetof(VolumeAccessHeader, tag), sizeof(header.tag)),
        .rollback = static_cast<VolumeRollback>(header.rollback),
        .name = as_text(rest.first(header.name_size)),
        .path = as_text(rest.subspan(header.name_size)) };
}

Result<VolumeAccess> checked_volume(Bytes payload)
{
    if (payload.size() < sizeof(VolumeAccessHeader))
        return Errno::Einval;
    auto const header = header_of(payload);
    if (header.rollback > static_cast<uint32_t>(VolumeRollback::None)
        || header.name_size > payload.size() - sizeof(header))
        return Errno::Einval;
    auto const volume = as_volume(payload);
    if (!is_volume_name(volume.name) || !is_canonical_path(volume.path))
        return Errno::Einval;
    return volume;
}

bool are_nested(std::string_view path, std::string_view other)
{
    auto const& longer = path.size() > other.size() ? path : other;
    auto const& shorter = path.size() > other.size() ? other : path;
    return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

} // namespace farl::formats
