#include "owner/cas/cbor.h"

#include <algorithm>

namespace farl::owner {

namespace {

// RFC 8949, section 3.1.
constexpr uint8_t kNumber = 0, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6;
constexpr unsigned kMostDirect = 23;

[[noreturn]] void refuse() { throw CborDefect("the CBOR is not what is expected there, or is cut off"); }

} // namespace

CborReader::Bytes CborReader::take(uint64_t size)
{
    if (size > rest_.size())
        refuse();
    auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

uint64_t CborReader::take_head(uint8_t major)
{
    auto first = std::to_integer<uint8_t>(take(1)[0]);
    unsigned low = first & 0x1f;
    if (first >> 5 != major || low > kMostDirect + 4)
        refuse();
    if (low <= kMostDirect)
        return low;
    auto width = 1u << (low - kMostDirect - 1);
    uint64_t value = 0;
    for (auto byte : take(width))
        value = value << 8 | std::to_integer<uint64_t>(byte);
    // What a shorter head could have said (section 4.2.1).
    uint64_t least = width == 1 ? kMostDirect + 1 : 1ull << (4 * width);
    if (value < least)
        refuse();
    return value;
}

void CborReader::expect_head(uint8_t major, uint64_t argument)
{
    if (take_head(major) != argument)
        refuse();
}

void CborReader::expect_number(uint64_t number) { expect_head(kNumber, number); }
void CborReader::expect_tag(uint64_t tag) { expect_head(kTag, tag); }
void CborReader::expect_array(uint64_t count) { expect_head(kArray, count); }
void CborReader::expect_map(uint64_t count) { expect_head(kMap, count); }

void CborReader::expect_text(std::string_view text)
{
    if (!std::ranges::equal(take(take_head(kText)), std::as_bytes(std::span(text))))
        refuse();
}

CborReader::Bytes CborReader::take_bytes() { return take(take_head(kBytes)); }

void CborReader::expect_end() const
{
    if (!rest_.empty())
        refuse();
}

} // namespace farl::owner
