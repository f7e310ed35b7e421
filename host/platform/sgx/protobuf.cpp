#include "host/platform/sgx/protobuf.h"

namespace farl::host::protobuf {

namespace {

enum class WireType : uint8_t {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
    Fixed32 = 5,
};

struct Field {
    uint64_t number { 0 };
    WireType type {};
    uint64_t value { 0 };
    Bytes bytes;
};

std::optional<uint64_t> take_varint(Bytes& rest)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
        auto const byte = static_cast<uint64_t>(rest.front());
        rest = rest.subspan(1);
        value |= (byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
    return {};
}

std::optional<Bytes> take_bytes(Bytes& rest, uint64_t size)
{
    if (size > rest.size())
        return {};
    auto const taken = rest.first(size);
    rest = rest.subspan(size);
    return taken;
}

std::optional<Field> take_field(Bytes& rest)
{
    auto const key = take_varint(rest);
    if (!key)
        return {};
    Field field { .number = *key >> 3, .type = static_cast<WireType>(*key & 7) };
    std::optional<uint64_t> value { 0 };
    std::optional<Bytes> bytes { Bytes {} };
    switch (field.type) {
    case WireType::Varint:
        value = take_varint(rest);
        break;
    case WireType::Fixed64:
        bytes = take_bytes(rest, 8);
        break;
    case WireType::Fixed32:
        bytes = take_bytes(rest, 4);
        break;
    case WireType::Delimited:
        value = take_varint(rest);
        bytes = value ? take_bytes(rest, *value) : std::nullopt;
        break;
    default:
        return {};
    }
    if (!value || !bytes)
        return {};
    field.value = *value;
    field.bytes = *bytes;
    return field;
}

std::optional<Field> find(Bytes message, uint32_t number, WireType type)
{
    std::optional<Field> found;
    while (!message.empty()) {
        auto const field = take_field(message);
        if (!field)
            return {};
        if (field->number == number && field->type == type)
            found = field;
    }
    return found;
}

} // namespace

std::optional<uint64_t> find_number(Bytes message, uint32_t field)
{
    auto const found = find(message, field, WireType::Varint);
    return found ? std::optional(found->value) : std::nullopt;
}

std::optional<Bytes> find_bytes(Bytes message, uint32_t field)
{
    auto const found = find(message, field, WireType::Delimited);
    return found ? std::optional(found->bytes) : std::nullopt;
}

} // namespace farl::host::protobuf
