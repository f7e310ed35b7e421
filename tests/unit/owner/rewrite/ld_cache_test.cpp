#include "owner/rewrite/ld_cache.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace farl::owner {

namespace {

// One library for x86-64 and one for i386, as ldconfig(8) writes them.
std::string sample_cache()
{
    std::string text = "glibc-ld.so.cache1.1";
    auto const add = [&text](auto value) { text.append(reinterpret_cast<char const*>(&value), sizeof(value)); };
    constexpr std::string_view kTexts { "libone.so\0/lib/libone.so\0libtwo.so\0/lib32/libtwo.so\0", 52 };
    constexpr uint32_t kStrings = 48 + 2 * 24;
    add(uint32_t { 2 });
    add(uint32_t(kTexts.size()));
    text.resize(48);
    for (uint32_t const value : { 0x0303u, kStrings, kStrings + 10, 0u, 0u, 0u })
        add(value);
    for (uint32_t const value : { 0x0003u, kStrings + 25, kStrings + 36, 0u, 0u, 0u })
        add(value);
    return text.append(kTexts);
}

auto read(std::string const& text) { return read_ld_cache(std::as_bytes(std::span(text))); }

} // namespace

TEST(LdCache, lists_libraries_of_this_machine_type)
{
    auto const libraries = read(sample_cache());
    ASSERT_EQ(libraries.size(), 1u);
    EXPECT_EQ(libraries.begin()->first, "libone.so");
    EXPECT_EQ(libraries.begin()->second, "/lib/libone.so");
}

TEST(LdCache, may_follow_an_index_in_the_old_format)
{
    std::string old = "ld.so-1.7.0";
    old.resize(12);
    old += std::string("\1\0\0\0", 4);
    old.resize(16 + 12);
    old.resize(32); // aligned to 8
    EXPECT_EQ(read(old + sample_cache()).size(), 1u);
}

TEST(LdCache, survives_truncation_and_other_files)
{
    auto const whole = sample_cache();
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_LE(read(whole.substr(0, size)).size(), 1u);
    EXPECT_TRUE(read("ld.so-1.7.0").empty());
    EXPECT_TRUE(read("something else").empty());
}

TEST(LdCache, of_this_machine_knows_the_c_library)
{
    std::ifstream stream("/etc/ld.so.cache", std::ios::binary);
    if (!stream)
        GTEST_SKIP() << "no /etc/ld.so.cache";
    std::string const text { std::istreambuf_iterator<char>(stream), {} };
    EXPECT_GE(read(text).count("libc.so.6"), 1u);
}

} // namespace farl::owner
