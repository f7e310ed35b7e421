#include "owner/rewrite/dwarf_pointer.h"

namespace farl::owner {

namespace {

constexpr uint8_t kFormatMask = 0x0f;
constexpr uint8_t kApplicationMask = 0x70;
constexpr uint8_t kIndirect = 0x80;
constexpr uint8_t kAbsolute = 0x00;
constexpr uint8_t kRelativeToPlace = 0x10;

template <typename T>
uint64_t read_signed(ByteReader& reader)
{
    return static_cast<uint64_t>(int64_t { reader.read<T>() });
}

uint64_t read_sleb128(ByteReader& reader)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0x80;
    for (; (byte & 0x80) && reader.is_ok(); shift += 7) {
        byte = reader.read<uint8_t>();
        if (shift < 64)
            value |= uint64_t { byte & 0x7fu } << shift;
    }
    return shift < 64 && (byte & 0x40) ? value | (~uint64_t { 0 } << shift) : value;
}

} // namespace

std::optional<uint64_t> read_dwarf_number(ByteReader& reader, uint8_t encoding)
{
    switch (encoding & kFormatMask) {
    case 0x00:
    case 0x04:
    case 0x0c:
        return reader.read<uint64_t>();
    case 0x01:
        return reader.read_uleb128();
    case 0x02:
        return reader.read<uint16_t>();
    case 0x03:
        return reader.read<uint32_t>();
    case 0x09:
        return read_sleb128(reader);
    case 0x0a:
        return read_signed<int16_t>(reader);
    case 0x0b:
        return read_signed<int32_t>(reader);
    default:
        return {};
    }
}

std::optional<uint64_t> read_dwarf_pointer(ByteReader& reader, uint64_t base_vaddr, uint8_t encoding)
{
    auto const place = base_vaddr + reader.position();
    auto const value = read_dwarf_number(reader, encoding);
    if (!value || !reader.is_ok() || (encoding & kIndirect))
        return {};
    switch (encoding & kApplicationMask) {
    case kAbsolute:
        return value;
    case kRelativeToPlace:
        return *value == 0 ? 0 : place + *value;
    default:
        return {};
    }
}

} // namespace farl::owner
