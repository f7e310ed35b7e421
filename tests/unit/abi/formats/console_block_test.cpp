#include "abi/formats/console_block.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace farl;
using namespace farl::formats;

namespace {

std::string encoded(std::string_view text)
{
    std::string out(base64_size(text.size()), '\0');
    write_base64(out, std::as_bytes(std::span(text)));
    return out;
}

Result<size_t> decoded_size(std::string_view text, size_t room = 100)
{
    std::vector<std::byte> bytes(room);
    return read_base64(bytes, text);
}

TEST(Base64, writes_and_reads_the_examples_of_its_standard)
{
    std::pair<char const*, char const*> const examples[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
        { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    for (auto [text, code] : examples) {
        EXPECT_EQ(encoded(text), code);
        std::byte room[10];
        auto size = MUST(read_base64(room, code));
        EXPECT_EQ(std::string(reinterpret_cast<char*>(room), size), text);
    }
    EXPECT_EQ(encoded("\xfb\xff\xbf"), "+/+/");
}

TEST(Base64, reads_only_what_it_writes)
{
    for (auto const* text : { "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\n", "====", "Z===", "Zm-_" })
        EXPECT_EQ(decoded_size(text).error(), Errno::Einval) << text;
    EXPECT_EQ(MUST(decoded_size("Zm9v", 3)), 3u);
    EXPECT_EQ(decoded_size("Zm9v", 2).error(), Errno::Emsgsize);
}

std::string line_of(ConsoleHeader const& header, size_t data_size)
{
    std::vector<std::byte> block(sizeof(header) + data_size + sizeof(ConsoleTag), std::byte { 7 });
    memcpy(block.data(), &header, sizeof(header));
    std::string line(console_line_size(data_size), '\0');
    write_console_line(line, block);
    line.pop_back();
    return line;
}

struct Parsed {
    std::vector<std::byte> room = std::vector<std::byte>(kLargestConsoleBlock);
    Result<ConsoleBlock> block;
    explicit Parsed(std::string_view line) : block(parse_console_line(line, room)) { }
    bool is_ok() const { return block.is_ok(); }
};

TEST(ConsoleBlock, comes_back_from_its_line_at_every_size)
{
    ConsoleHeader header { .sequence = 77, .channel = ConsoleChannel::Error };
    header.console.fill(std::byte { 1 });
    for (size_t size :
        { size_t { 0 }, size_t { 1 }, size_t { 2 }, size_t { 3 }, size_t { 1000 }, kLargestConsoleData }) {
        auto line = line_of(header, size);
        EXPECT_LE(line.size(), kLargestConsoleLine);
        Parsed parsed(line);
        ASSERT_TRUE(parsed.is_ok()) << size;
        EXPECT_EQ(parsed.block.value().header, header);
        EXPECT_EQ(parsed.block.value().ciphertext.size(), size);
    }
    EXPECT_FALSE(Parsed(line_of(header, kLargestConsoleData + 1)).is_ok());
}

TEST(ConsoleBlock, is_refused_with_fields_that_mean_nothing)
{
    EXPECT_TRUE(Parsed(line_of({}, 0)).is_ok());
    EXPECT_FALSE(Parsed(line_of({ .channel = ConsoleChannel(3) }, 0)).is_ok());
    EXPECT_FALSE(Parsed(line_of({ .kind = ConsoleKind(2) }, 0)).is_ok());
    EXPECT_FALSE(Parsed(line_of({ .reserved = { 0, 0, 0, 0, 0, 1 } }, 0)).is_ok());
    EXPECT_TRUE(Parsed(line_of({ .channel = ConsoleChannel::Input, .kind = ConsoleKind::End }, 0)).is_ok());
    EXPECT_FALSE(Parsed(line_of({ .channel = ConsoleChannel::Input, .kind = ConsoleKind::End }, 16)).is_ok());
    EXPECT_TRUE(Parsed(line_of({ .channel = ConsoleChannel::Output, .kind = ConsoleKind::End }, 16)).is_ok());
}

TEST(ConsoleBlock, is_refused_at_each_truncation_and_without_its_prefix)
{
    auto line = line_of({ .sequence = 5 }, 5);
    for (size_t size = 0; size < line.size(); ++size) {
        Parsed parsed(std::string_view(line).substr(0, size));
        auto size_left = parsed.is_ok() ? parsed.block.value().ciphertext.size() : 0;
        EXPECT_LT(size_left, 5u); // a shorter block, which does not open
    }
    EXPECT_FALSE(Parsed("farl2:" + line.substr(6)).is_ok());
    EXPECT_FALSE(Parsed(line.substr(1)).is_ok());
    EXPECT_FALSE(Parsed(line + "A").is_ok());
}

} // namespace
