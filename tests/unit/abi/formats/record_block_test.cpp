#include "abi/formats/record_block.h"

#include "tests/unit/abi/formats/block_samples.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace farl::formats {

namespace {

constexpr BlockKind kKind { 0x1122334455667788, 3, 4096 };

BlockSample typical() { return BlockSample(kKind).add(1, "one").add(2, "").add(1, "eight ch").add(9, "x"); }

bool is_accepted(Bytes block)
{
    return in_exact_memory(block, [](Bytes bytes) { return Records::parse(bytes, kKind).is_ok(); });
}

template <typename T>
std::vector<std::byte> with(std::vector<std::byte> block, size_t offset, T value)
{
    std::memcpy(block.data() + offset, &value, sizeof(value));
    return block;
}

} // namespace

TEST(RecordBlock, gives_back_what_was_written)
{
    auto block = typical().block();
    auto records = MUST(Records::parse(block, kKind));
    std::vector<std::pair<uint32_t, std::string>> seen;
    for (auto record : records)
        seen.emplace_back(record.type, as_text(record.payload));
    EXPECT_EQ(seen,
        (std::vector<std::pair<uint32_t, std::string>> { { 1, "one" }, { 2, "" }, { 1, "eight ch" }, { 9, "x" } }));

    std::vector<std::string> ones;
    for (auto text : PayloadsOf<as_text>(records, 1))
        ones.emplace_back(text);
    EXPECT_EQ(ones, (std::vector<std::string> { "one", "eight ch" }));
    for (auto text : PayloadsOf<as_text>(records, 5))
        FAIL() << text;
    EXPECT_EQ(records.block_size(), block.size());
}

TEST(RecordBlock, refuses_every_truncation_also_one_that_the_header_admits)
{
    auto block = typical().block();
    ASSERT_TRUE(is_accepted(block));
    for (uint64_t size = 0; size < block.size(); ++size) {
        auto cut = std::vector(block.begin(), block.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_FALSE(is_accepted(cut)) << size;
        if (size >= sizeof(BlockHeader)) {
            EXPECT_FALSE(is_accepted(with(cut, offsetof(BlockHeader, size), size))) << size;
        }
    }
}

TEST(RecordBlock, refuses_another_kind_version_and_size)
{
    auto block = typical().block();
    EXPECT_FALSE(is_accepted(with(block, offsetof(BlockHeader, magic), kKind.magic + 1)));
    EXPECT_FALSE(is_accepted(with(block, offsetof(BlockHeader, version), 2u)));
    auto large = BlockSample(kKind).add(1, std::string(4096, 'x')).block();
    EXPECT_FALSE(is_accepted(large));
}

TEST(RecordBlock, refuses_counts_flags_lengths_and_padding_that_are_wrong)
{
    auto block = typical().block();
    for (uint32_t count : { 0u, 3u, 5u, ~0u })
        EXPECT_FALSE(is_accepted(with(block, offsetof(BlockHeader, record_count), count))) << count;
    constexpr auto kFirst = sizeof(BlockHeader);
    EXPECT_FALSE(is_accepted(with(block, kFirst + offsetof(RecordHeader, flags), 1u)));
    for (uint64_t length : { ~0ul, ~0ul - 7, ~0ul - 15, 1ul << 63, block.size() })
        EXPECT_FALSE(is_accepted(with(block, kFirst + offsetof(RecordHeader, length), length))) << length;
    EXPECT_FALSE(is_accepted(with(block, kFirst + sizeof(RecordHeader) + 3, 'x')));
}

TEST(RecordBlock, checks_what_payloads_hold)
{
    auto check = [](auto reader, std::string_view payload) {
        return reader(std::as_bytes(std::span(payload))).is_ok();
    };
    EXPECT_TRUE(check(checked_text, ""));
    EXPECT_FALSE(check(checked_text, std::string_view("a\0b", 3)));
    EXPECT_TRUE(check(checked_absolute_path, "/"));
    EXPECT_FALSE(check(checked_absolute_path, ""));
    EXPECT_FALSE(check(checked_absolute_path, "etc"));
    EXPECT_FALSE(check(checked_absolute_path, std::string_view("/\0", 2)));
    EXPECT_TRUE(check(checked_variable, "A="));
    EXPECT_FALSE(check(checked_variable, ""));
    EXPECT_FALSE(check(checked_variable, "A"));
    EXPECT_FALSE(check(checked_variable, "=A"));
    EXPECT_TRUE(check(checked_number, "four"));
    EXPECT_FALSE(check(checked_number, "two"));
    EXPECT_FALSE(check(checked_number, "eight ch"));
}

} // namespace farl::formats
