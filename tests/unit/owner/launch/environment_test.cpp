#include "owner/launch/environment.h"

#include "owner/launch/size_text.h"
#include "owner/launch/user_error.h"

#include <gtest/gtest.h>

namespace farl {

using owner::Environment;

TEST(Environment, sets_replaces_and_passes_on)
{
    Environment caller;
    caller.set("HOME", "/root");
    caller.set("HOMER", "odyssey");

    Environment environment;
    environment.apply("A=1", caller);
    environment.apply("A=2=3", caller);
    environment.apply("HOME", caller);
    environment.apply("ABSENT", caller);
    environment.apply("EMPTY=", caller);

    EXPECT_EQ(environment.value("A"), "2=3");
    EXPECT_EQ(environment.value("HOME"), "/root");
    EXPECT_FALSE(environment.has("ABSENT"));
    EXPECT_TRUE(environment.has("EMPTY"));
    EXPECT_EQ(environment.entries().size(), 3u);
    EXPECT_THROW(environment.apply("=x", caller), owner::UserError);
    EXPECT_THROW(environment.apply("", caller), owner::UserError);
}

TEST(SizeText, reads_what_people_type)
{
    EXPECT_EQ(owner::parse_size("65536"), 65536u);
    EXPECT_EQ(owner::parse_size("64K"), 65536u);
    EXPECT_EQ(owner::parse_size("2g"), 2ull << 30);
    EXPECT_EQ(owner::parse_size("2GiB"), 2ull << 30);
    EXPECT_EQ(owner::parse_size("3MB"), 3ull << 20);
    EXPECT_EQ(owner::parse_size("1T"), 1ull << 40);
}

TEST(SizeText, refuses_what_is_no_size)
{
    for (auto const* text : { "", "G", "-1", "1X", "1GG", "1 G", "1.5G", "99999999999999999999", "16777216T" })
        EXPECT_FALSE(owner::parse_size(text).has_value()) << text;
}

TEST(SizeText, writes_the_largest_unit_that_divides)
{
    EXPECT_EQ(owner::size_text(16 << 20), "16M");
    EXPECT_EQ(owner::size_text(1536), "1536");
    EXPECT_EQ(owner::size_text(0), "0");
}

} // namespace farl
