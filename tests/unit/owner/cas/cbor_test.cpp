#include "owner/cas/cbor.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace farl::owner {

namespace {

std::vector<std::byte> bytes(std::initializer_list<unsigned> values)
{
    std::vector<std::byte> result;
    for (auto value : values)
        result.push_back(static_cast<std::byte>(value));
    return result;
}

bool is_number(uint64_t number, std::vector<std::byte> const& encoded)
{
    try {
        CborReader reader(encoded);
        reader.expect_number(number);
        reader.expect_end();
        return true;
    } catch (CborDefect const&) {
        return false;
    }
}

} // namespace

// RFC 8949, appendix A.
TEST(Cbor, reads_the_rfcs_examples)
{
    EXPECT_TRUE(is_number(0, bytes({ 0x00 })));
    EXPECT_TRUE(is_number(23, bytes({ 0x17 })));
    EXPECT_TRUE(is_number(24, bytes({ 0x18, 0x18 })));
    EXPECT_TRUE(is_number(1000, bytes({ 0x19, 0x03, 0xe8 })));
    EXPECT_TRUE(is_number(1000000, bytes({ 0x1a, 0x00, 0x0f, 0x42, 0x40 })));
    EXPECT_TRUE(is_number(1000000000000, bytes({ 0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00 })));
    EXPECT_TRUE(is_number(~0ull, bytes({ 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })));

    auto text = bytes({ 0x64, 0x49, 0x45, 0x54, 0x46 });
    CborReader(text).expect_text("IETF");
    auto four = bytes({ 0x44, 1, 2, 3, 4 });
    EXPECT_EQ(CborReader(four).take_bytes().size(), 4u);
}

TEST(Cbor, refuses_longer_forms_than_needed_and_reserved_ones)
{
    EXPECT_FALSE(is_number(23, bytes({ 0x18, 0x17 })));
    EXPECT_FALSE(is_number(255, bytes({ 0x19, 0x00, 0xff })));
    EXPECT_FALSE(is_number(0xffff, bytes({ 0x1a, 0x00, 0x00, 0xff, 0xff })));
    EXPECT_FALSE(is_number(0xffffffff, bytes({ 0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff })));
    for (unsigned low : { 28, 29, 30, 31 })
        EXPECT_FALSE(is_number(low, bytes({ low, 0, 0, 0, 0, 0, 0, 0, 0 }))) << low;
}

TEST(Cbor, refuses_what_is_cut_off_of_another_kind_or_too_long)
{
    EXPECT_FALSE(is_number(0, {}));
    EXPECT_FALSE(is_number(24, bytes({ 0x18 })));
    EXPECT_FALSE(is_number(1, bytes({ 0x21 }))) << "negative";
    EXPECT_FALSE(is_number(0, bytes({ 0x00, 0x00 }))) << "something follows";
    for (auto const& wrong : { bytes({ 0x44, 1, 2, 3 }), bytes({ 0x5f, 0xff }), bytes({ 0x64, 1, 2, 3, 4 }),
             bytes({ 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 }) })
        EXPECT_THROW(CborReader(wrong).take_bytes(), CborDefect);
    auto text = bytes({ 0x62, 'a', 'b' });
    EXPECT_THROW(CborReader(text).expect_text("a"), CborDefect);
    EXPECT_THROW(CborReader(text).expect_text("abc"), CborDefect);
    auto tag = bytes({ 0xd9, 0xea, 0x60 });
    CborReader(tag).expect_tag(60000);
    EXPECT_THROW(CborReader(tag).expect_tag(60001), CborDefect);
    EXPECT_THROW(CborReader(tag).expect_array(2), CborDefect);
    EXPECT_THROW(CborReader(tag).expect_map(2), CborDefect);
}

} // namespace farl::owner
