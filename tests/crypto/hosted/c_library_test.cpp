// The runtime's part of a C library against the machine's own. Its functions are compiled with other names here:
// CMakeLists.txt.
#include <algorithm>
#include <cctype>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <gtest/gtest.h>
#include <random>

extern "C" {
int farl_strncmp(char const*, char const*, size_t);
int farl_strcmp(char const*, char const*);
char* farl_strchr(char const*, int);
int farl_isspace(int);
int farl_isdigit(int);
int farl_isxdigit(int);
unsigned long farl_strtoul(char const*, char**, int);
void farl_qsort(void*, size_t, size_t, int (*)(void const*, void const*));
int farl_vsnprintf(char*, size_t, char const*, va_list);
tm* farl_gmtime_r(time_t const*, tm*);
}

namespace {

int sign(int value) { return (value > 0) - (value < 0); }

TEST(CLibrary, compares_and_finds_as_c_does)
{
    char const* const texts[] = { "", "a", "ab", "abc", "abd", "\xff", "a\xff", "b" };
    for (auto const* left : texts)
        for (auto const* right : texts) {
            EXPECT_EQ(sign(farl_strcmp(left, right)), sign(strcmp(left, right))) << left << " " << right;
            for (size_t most = 0; most < 5; ++most)
                EXPECT_EQ(sign(farl_strncmp(left, right, most)), sign(strncmp(left, right, most)));
            EXPECT_EQ(farl_strchr(left, *right), strchr(left, *right));
        }
}

TEST(CLibrary, knows_the_kinds_of_characters)
{
    for (int character = 0; character < 256; ++character) {
        EXPECT_EQ(farl_isspace(character) != 0, isspace(character) != 0) << character;
        EXPECT_EQ(farl_isdigit(character) != 0, isdigit(character) != 0) << character;
        EXPECT_EQ(farl_isxdigit(character) != 0, isxdigit(character) != 0) << character;
    }
}

TEST(CLibrary, reads_numbers_to_their_end)
{
    for (auto const* text :
        { "0", "42,", "18446744073709551615", "18446744073709551616", "99999999999999999999", "x" }) {
        char *here, *there;
        EXPECT_EQ(farl_strtoul(text, &here, 10), strtoul(text, &there, 10)) << text;
        EXPECT_EQ(here, there) << text;
    }
}

struct Element {
    uint16_t key;
    uint8_t rest[5];
};

int compare_elements(void const* left, void const* right)
{
    return static_cast<Element const*>(left)->key - static_cast<Element const*>(right)->key;
}

TEST(CLibrary, sorts_elements_of_any_size)
{
    std::mt19937 random(1);
    for (size_t count : { 0, 1, 2, 3, 10, 1000 }) {
        std::vector<Element> elements(count);
        for (auto& element : elements) {
            element.key = static_cast<uint16_t>(random() % 300);
            memset(element.rest, element.key & 0xff, sizeof(element.rest));
        }
        auto keys = [&] {
            std::vector<int> all;
            for (auto const& element : elements)
                all.push_back(element.rest[0] == (element.key & 0xff) ? element.key : -1);
            return all;
        };
        auto expected = keys();
        std::sort(expected.begin(), expected.end());
        farl_qsort(elements.data(), count, sizeof(Element), compare_elements);
        EXPECT_EQ(keys(), expected);
    }
}

// Both print it into rooms of every size.
void expect_same_print(char const* format, ...)
{
    for (size_t size = 0; size < 40; ++size) {
        char ours[40], theirs[40];
        memset(ours, '#', sizeof(ours));
        memset(theirs, '#', sizeof(theirs));
        va_list list;
        va_start(list, format);
        int const count = farl_vsnprintf(ours, size, format, list);
        va_end(list);
        va_start(list, format);
        EXPECT_EQ(count, vsnprintf(theirs, size, format, list)) << format;
        va_end(list);
        EXPECT_EQ(memcmp(ours, theirs, sizeof(ours)), 0) << format << " " << size;
    }
}

TEST(CLibrary, prints_what_boringssl_prints)
{
    expect_same_print("100%% of %s and %c", "it", 'x');
    expect_same_print("error:%08x:%s:%s", 0x1af, "lib", "OPENSSL_internal");
    expect_same_print("%02x%02X %04d %-6d| %6d %ld %zu", 10, 0xabcdef, -42, 7, -1, -1234567890123l, sizeof(int));
    expect_same_print("%lu %lx %u %x", ~0ul, ~0ul, ~0u, ~0u);
    expect_same_print("%*s%.*s|%-5s|%.2s", 4, "", 3, "abcdef", "ab", "xyz");
}

TEST(CLibrary, tells_dates_as_c_does)
{
    std::mt19937_64 random(2);
    for (int i = 0; i < 20000; ++i) {
        auto time = static_cast<time_t>(random() % 800'000'000'000) - 400'000'000'000;
        if (i < 4000)
            time = (i - 2000) * 86400l * 90 - (i % 2); // around midnight, all seasons
        tm ours, theirs;
        ASSERT_NE(farl_gmtime_r(&time, &ours), nullptr);
        gmtime_r(&time, &theirs);
        ASSERT_EQ(std::tie(ours.tm_year, ours.tm_mon, ours.tm_mday, ours.tm_hour, ours.tm_min, ours.tm_sec,
                      ours.tm_wday, ours.tm_yday),
            std::tie(theirs.tm_year, theirs.tm_mon, theirs.tm_mday, theirs.tm_hour, theirs.tm_min, theirs.tm_sec,
                theirs.tm_wday, theirs.tm_yday))
            << time;
    }
    time_t const too_far = 1ll << 60;
    tm date;
    EXPECT_EQ(farl_gmtime_r(&too_far, &date), nullptr);
}

} // namespace
