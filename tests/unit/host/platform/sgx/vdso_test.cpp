#include "host/platform/sgx/vdso.h"

#include <cstring>
#include <ctime>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/auxv.h>
#include <vector>

namespace farl::host {

namespace {

constexpr size_t kVdsoBound = 64 << 10;

std::span<std::byte const> own_vdso()
{
    return { reinterpret_cast<std::byte const*>(getauxval(AT_SYSINFO_EHDR)), kVdsoBound };
}

std::vector<char> fake_vdso()
{
    std::ifstream file(FARL_TEST_FAKE_VDSO, std::ios::binary);
    return { std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
}

} // namespace

TEST(HostVdso, a_function_of_this_process_is_found_and_works)
{
    auto const symbol = find_vdso_function(own_vdso(), "__vdso_clock_gettime");
    ASSERT_TRUE(symbol);
    auto const function = reinterpret_cast<int (*)(clockid_t, timespec*)>(symbol->address);
    timespec before {}, now {};
    clock_gettime(CLOCK_MONOTONIC, &before);
    EXPECT_EQ(function(CLOCK_MONOTONIC, &now), 0);
    EXPECT_GE(now.tv_sec, before.tv_sec);
}

TEST(HostVdso, a_name_is_compared_as_a_whole)
{
    EXPECT_FALSE(find_vdso_function(own_vdso(), "__vdso_clock_gettim"));
    EXPECT_FALSE(find_vdso_function(own_vdso(), "__vdso_clock_gettime2"));
    EXPECT_FALSE(find_vdso_function(own_vdso(), ""));
}

TEST(HostVdso, the_entry_function_is_found_with_its_enclu)
{
    auto const file = fake_vdso();
    auto const image = std::as_bytes(std::span(file));
    auto const entry = find_entry_function(image);
    ASSERT_TRUE(entry.is_ok());
    auto const* enclu = reinterpret_cast<char const*>(entry.value().enclu);
    EXPECT_EQ(std::memcmp(enclu, "\x0F\x01\xD7", 3), 0);
    auto const start = reinterpret_cast<uint64_t>(entry.value().function);
    EXPECT_GT(entry.value().enclu, start);
    EXPECT_LT(entry.value().enclu, start + 200);
}

TEST(HostVdso, without_an_enclu_there_is_no_entry_function)
{
    auto file = fake_vdso();
    auto* enclu = reinterpret_cast<char*>(MUST(find_entry_function(std::as_bytes(std::span(file)))).enclu);
    *enclu = 0x0E;
    auto const entry = find_entry_function(std::as_bytes(std::span(file)));
    ASSERT_TRUE(entry.is_error());
    EXPECT_EQ(entry.error(), Errno::Enosys);
}

TEST(HostVdso, a_damaged_image_is_read_within_its_bytes)
{
    auto const sound = fake_vdso();
    for (size_t at = 0; at < std::min<size_t>(sound.size(), 2048); ++at) {
        for (char value : { '\0', '\x7F', '\xFF' }) {
            // On the heap and no longer than it is, for the sanitizer to see.
            std::vector<char> damaged(sound);
            damaged[at] = value;
            (void)find_entry_function(std::as_bytes(std::span(damaged)));
        }
    }
    for (size_t size = 0; size < sound.size(); size += 7) {
        std::vector<char> const cut(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
        (void)find_entry_function(std::as_bytes(std::span(cut)));
    }
}

} // namespace farl::host
