#include "base/string.h"

#include <gtest/gtest.h>

#include <string>

namespace farl {

namespace {

String of(std::string_view text) { return String::from(text).release_value(); }

// One less, as many, and one more than what needs no heap, and others.
constexpr size_t kSizes[] = { 0, 1, 54, 55, 56, 57, 111, 112, 113, 4095 };

} // namespace

TEST(String, holds_texts_of_all_sizes_with_a_nul)
{
    for (auto size : kSizes) {
        std::string expected(size, 'x');
        auto text = of(expected);
        EXPECT_EQ(text.view(), expected);
        EXPECT_EQ(text.size(), size);
        EXPECT_EQ(text.is_empty(), size == 0);
        EXPECT_STREQ(text.c_str(), expected.c_str());
    }
}

TEST(String, grows_byte_by_byte)
{
    String text;
    std::string expected;
    for (int i = 0; i < 300; ++i) {
        char letter = static_cast<char>('a' + i % 26);
        ASSERT_FALSE(text.append(letter).is_error());
        expected.push_back(letter);
        ASSERT_STREQ(text.c_str(), expected.c_str());
    }
}

TEST(String, moves_leave_an_empty_one_behind)
{
    for (auto size : kSizes) {
        std::string expected(size, 'm');
        auto from = of(expected);
        String made(std::move(from));
        EXPECT_EQ(made.view(), expected);
        EXPECT_STREQ(from.c_str(), "");
        for (auto before : kSizes) {
            auto target = of(std::string(before, 'o'));
            target = std::move(made);
            EXPECT_EQ(target.view(), expected);
            EXPECT_STREQ(made.c_str(), "");
            made = std::move(target);
        }
        auto& same = made;
        made = std::move(same);
        EXPECT_EQ(made.view(), expected);
    }
}

TEST(String, moved_from_ones_can_be_used_again)
{
    auto text = of(std::string(100, 'x'));
    auto other = std::move(text);
    ASSERT_FALSE(text.append("new").is_error());
    EXPECT_EQ(text.view(), "new");
    EXPECT_EQ(other.size(), 100u);
}

TEST(String, is_cut_and_cleared)
{
    for (auto size : kSizes) {
        auto text = of(std::string(size, 'c'));
        text.truncate(size + 1); // nothing to do
        EXPECT_EQ(text.size(), size);
        text.truncate(size / 2);
        EXPECT_EQ(text.view(), std::string(size / 2, 'c'));
        EXPECT_STREQ(text.c_str(), std::string(size / 2, 'c').c_str());
        text.clear();
        EXPECT_STREQ(text.c_str(), "");
    }
}

TEST(String, of_a_size_is_filled_in_by_the_caller)
{
    for (auto size : kSizes) {
        auto text = String::of_size(size).release_value();
        std::memset(text.data(), 'f', size);
        EXPECT_STREQ(text.c_str(), std::string(size, 'f').c_str());
    }
}

TEST(String, what_cannot_be_held_is_refused)
{
    String text;
    EXPECT_EQ(text.reserve(UINT32_MAX).error(), Errno::Enomem);
    EXPECT_EQ(text.append({ "", SIZE_MAX }).error(), Errno::Enomem);
    EXPECT_TRUE(text.is_empty());
}

} // namespace farl
