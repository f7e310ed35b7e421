#include "base/format.h"
#include "base/intrusive_list.h"
#include "base/owned.h"
#include "base/ref.h"
#include "base/string.h"

#include <gtest/gtest.h>

namespace farl {

TEST(Vector, insert_keeps_the_order_of_what_follows)
{
    Vector<int> numbers;
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(numbers.push(i));
    ASSERT_TRUE(numbers.insert(50, -1));
    EXPECT_EQ(numbers[49], 49);
    EXPECT_EQ(numbers[50], -1);
    EXPECT_EQ(numbers[51], 50);
    numbers.remove(50);
    EXPECT_EQ(numbers[50], 50);
    EXPECT_EQ(numbers.size(), 100u);
}

TEST(String, append_and_truncate_keep_the_terminator)
{
    auto text = MUST(String::from("/usr"));
    ASSERT_TRUE(text.append("/lib"));
    EXPECT_STREQ(text.c_str(), "/usr/lib");
    text.truncate(4);
    EXPECT_STREQ(text.c_str(), "/usr");
    EXPECT_EQ(text.view(), "/usr");
}

struct Item {
    int value { 0 };
    ListLink link;
};

TEST(IntrusiveList, for_each_allows_removal_of_the_current_element)
{
    Item items[4] { { 0 }, { 1 }, { 2 }, { 3 } };
    IntrusiveList<Item, &Item::link> list;
    for (auto& item : items)
        list.push_back(item);
    list.for_each([&](Item& item) {
        if (item.value % 2)
            list.remove(item);
    });
    EXPECT_EQ(list.pop_front()->value, 0);
    EXPECT_EQ(list.pop_front()->value, 2);
    EXPECT_TRUE(list.is_empty());
}

TEST(Formatter, cuts_what_does_not_fit)
{
    char buffer[8];
    Formatter text(buffer);
    text << -12 << ' ';
    text.hex(0xbeef, 6);
    EXPECT_EQ(text.view(), "-12 00be");
    EXPECT_TRUE(text.was_cut());
}

} // namespace farl
