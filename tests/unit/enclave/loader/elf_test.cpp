#include "tests/unit/enclave/loader/elf_builder.h"

#include "abi/linux/mman.h"

#include <fstream>
#include <random>
#include <sstream>

namespace farl {

TEST(Elf, a_good_file_gives_its_segments_and_what_the_auxiliary_vector_needs)
{
    ElfImage image;
    ASSERT_EQ(ElfBuilder().parse(image), ElfDefect::None);
    EXPECT_TRUE(image.is_position_independent);
    EXPECT_EQ(image.entry, 0x1040u);
    ASSERT_EQ(image.segments.size(), 3u);
    EXPECT_EQ(image.segments[1].protection, kProtRead | kProtExec);
    EXPECT_EQ(image.segments[2].address, 0x2900u);
    EXPECT_EQ(image.segments[2].offset, 0x1900u);
    EXPECT_EQ(image.start, 0u);
    EXPECT_EQ(image.end, 0x4000u);
    EXPECT_EQ(image.program_headers, 64u);
    EXPECT_EQ(image.program_header_count, 6u);
    EXPECT_EQ(image.interpreter.view(), "/lib/ld.so.");
    EXPECT_EQ(image.tls->memory_size, 0x20u);
    EXPECT_FALSE(image.wants_executable_stack);
    EXPECT_FALSE(image.has_writable_code);
}

TEST(Elf, each_defect_has_its_own_answer)
{
    auto spoiled = [](auto&& spoil) {
        ElfBuilder file;
        spoil(file);
        return file.parse();
    };
    EXPECT_EQ(spoiled([](auto& f) { f.header.identification[1] = 'e'; }), ElfDefect::NotElf);
    EXPECT_EQ(spoiled([](auto& f) { f.size = 0; }), ElfDefect::NotElf);
    EXPECT_EQ(spoiled([](auto& f) { f.header.identification[4] = 1; }), ElfDefect::ThirtyTwoBit);
    EXPECT_EQ(spoiled([](auto& f) { f.header.machine = 183; }), ElfDefect::WrongMachine);
    EXPECT_EQ(spoiled([](auto& f) { f.header.identification[5] = 2; }), ElfDefect::WrongMachine);
    EXPECT_EQ(spoiled([](auto& f) { f.header.type = 1; }), ElfDefect::WrongType);
    EXPECT_EQ(spoiled([](auto& f) { f.size = 40; }), ElfDefect::Truncated);
    EXPECT_EQ(spoiled([](auto& f) { f.size = 0x1901; }), ElfDefect::Truncated);
    EXPECT_EQ(spoiled([](auto& f) { f.header.program_headers_offset = 0x1fff; }), ElfDefect::Truncated);
    EXPECT_EQ(spoiled([](auto& f) { f.header.program_headers_offset = UINT64_MAX - 8; }), ElfDefect::Truncated);
    EXPECT_EQ(spoiled([](auto& f) { f.header.program_header_size = 32; }), ElfDefect::BadProgramHeaders);
    EXPECT_EQ(spoiled([](auto& f) { f.segments.clear(); }), ElfDefect::BadProgramHeaders);
    EXPECT_EQ(spoiled([](auto& f) { f.segments.resize(1); }), ElfDefect::NothingToLoad);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[2].file_size = 0x901; }), ElfDefect::BadSegment);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[2].offset += 16; }), ElfDefect::BadSegment);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[2].alignment = 0x1001; }), ElfDefect::BadSegment);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[4].alignment = 3; }), ElfDefect::BadSegment);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[3].memory_size = UINT64_MAX; }), ElfDefect::AddressOverflow);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[3].address = 0xffff'ffff'8000'0900; }), ElfDefect::AddressOverflow);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[2].memory_size = 0x1901; }), ElfDefect::OverlappingSegments);
    EXPECT_EQ(spoiled([](auto& f) { std::swap(f.segments[1], f.segments[2]); }), ElfDefect::OverlappingSegments);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[0].file_size = 11; }), ElfDefect::BadInterpreter);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[0].file_size = 1; }), ElfDefect::BadInterpreter);
    EXPECT_EQ(spoiled([](auto& f) { f.segments[0].file_size = 5000; }), ElfDefect::BadInterpreter);
}

TEST(Elf, writable_code_and_an_executable_stack_are_reported_not_refused)
{
    ElfBuilder file;
    file.segments[2].flags = 7;
    file.segments[5].flags = 7;
    ElfImage image;
    ASSERT_EQ(file.parse(image), ElfDefect::None);
    EXPECT_TRUE(image.has_writable_code);
    EXPECT_TRUE(image.wants_executable_stack);
}

TEST(Elf, the_test_program_itself_is_read)
{
    std::ifstream stream("/proc/self/exe", std::ios::binary);
    std::stringstream copy;
    copy << stream.rdbuf();
    auto text = copy.str();
    auto bytes = std::as_bytes(std::span(text));
    ElfBytes source({ bytes.begin(), bytes.end() });
    ElfImage image;
    ASSERT_EQ(parse_elf(source, image), ElfDefect::None);
    EXPECT_EQ(image.interpreter.view(), "/lib64/ld-linux-x86-64.so.2");
    EXPECT_NE(image.program_headers, 0u);
}

// What is accepted keeps the promises of the header file, whatever the bytes are.
TEST(Elf, random_damage_never_breaks_the_promises)
{
    std::mt19937_64 random(7);
    auto const good = ElfBuilder().bytes();
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = good;
        for (auto changes = 1 + random() % 3; changes > 0; --changes)
            bytes[random() % 400] = static_cast<std::byte>(random() % 3 ? random() : 0);
        ElfBytes source(bytes);
        ElfImage image;
        if (parse_elf(source, image) != ElfDefect::None)
            continue;
        ++accepted;
        uint64_t last_end = 0;
        for (auto const& segment : image.segments) {
            ASSERT_GE(segment.address, last_end);
            ASSERT_GT(segment.end(), segment.address);
            ASSERT_LE(segment.offset + segment.file_size, bytes.size());
            ASSERT_LE(segment.file_size, segment.memory_size);
            ASSERT_TRUE(image.start <= segment.address && segment.end() <= image.end);
            last_end = segment.end();
        }
    }
    EXPECT_GT(accepted, 400);
}

} // namespace farl
