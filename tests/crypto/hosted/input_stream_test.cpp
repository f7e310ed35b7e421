#include "enclave/console/input_stream.h"

#include <gtest/gtest.h>
#include <string>

using namespace farl;
using formats::ConsoleHeader;
using formats::ConsoleKind;

namespace {

ConsoleKey new_key(char filling)
{
    ConsoleKey key;
    memset(key.bytes().data(), filling, key.bytes().size());
    return key;
}

formats::ConsoleId id_of(char filling)
{
    formats::ConsoleId id;
    id.fill(std::byte(filling));
    return id;
}

struct Sealed {
    char console { 'C' }, stream { 'S' }, key { 'k' };
    formats::ConsoleChannel channel { formats::ConsoleChannel::Input };
    ConsoleKind kind { ConsoleKind::Data };
};

std::string line(uint64_t sequence, std::string_view data, Sealed const& as = {})
{
    ConsoleHeader header { id_of(as.console), id_of(as.stream), sequence, as.channel, as.kind };
    std::vector<std::byte> block(sizeof(header) + data.size() + sizeof(formats::ConsoleTag));
    memcpy(block.data() + sizeof(header), data.data(), data.size());
    MUST(MUST(ConsoleCipher::create(new_key(as.key), header))->seal(header, block));
    std::string text(formats::console_line_size(data.size()), '\0');
    formats::write_console_line(text, block);
    text.pop_back();
    return text;
}

class Stream {
public:
    std::string open(std::string const& line)
    {
        auto block = stream_->open(line);
        if (block.is_error())
            return block.error() == Errno::Ebadmsg ? "refused" : "error";
        auto data = block.value().data;
        return { reinterpret_cast<char const*>(data.data()), data.size() };
    }

private:
    ConsoleKey key_ { new_key('k') };
    std::unique_ptr<InputStream> stream_ = std::make_unique<InputStream>(key_, id_of('C')); // large
};

TEST(InputStream, takes_each_block_once_and_in_order)
{
    Stream stream;
    EXPECT_EQ(stream.open(line(1, "b")), "refused");
    EXPECT_EQ(stream.open(line(0, "a")), "a");
    EXPECT_EQ(stream.open(line(0, "a")), "refused");
    EXPECT_EQ(stream.open(line(2, "c")), "refused");
    EXPECT_EQ(stream.open(line(1, "b")), "b");
    EXPECT_EQ(stream.open(line(2, "")), "");
    EXPECT_EQ(stream.open(line(3, "", { .kind = ConsoleKind::End })), "");
}

TEST(InputStream, takes_another_stream_and_then_never_the_first_one_again)
{
    Stream stream;
    EXPECT_EQ(stream.open(line(0, "a")), "a");
    EXPECT_EQ(stream.open(line(1, "x", { .stream = 'T' })), "refused");
    EXPECT_EQ(stream.open(line(0, "x", { .stream = 'T' })), "x");
    EXPECT_EQ(stream.open(line(1, "b")), "refused");
    EXPECT_EQ(stream.open(line(0, "a")), "refused");
    EXPECT_EQ(stream.open(line(1, "y", { .stream = 'T' })), "y");
}

TEST(InputStream, takes_nothing_of_another_console_key_or_channel)
{
    Stream stream;
    EXPECT_EQ(stream.open(line(0, "a", { .console = 'D' })), "refused");
    EXPECT_EQ(stream.open(line(0, "a", { .key = 'x' })), "refused");
    EXPECT_EQ(stream.open(line(0, "a", { .channel = formats::ConsoleChannel::Output })), "refused");
    EXPECT_EQ(stream.open("farl1:"), "refused");
    EXPECT_EQ(stream.open(""), "refused");
    EXPECT_EQ(stream.open(line(0, "a")), "a"); // nothing of that has begun a stream
}

TEST(InputStream, takes_nothing_that_was_changed)
{
    Stream stream;
    auto const whole = line(0, "some text");
    for (size_t at = 0; at < whole.size(); ++at) {
        auto changed = whole;
        changed[at] = changed[at] == 'Q' ? 'R' : 'Q';
        ASSERT_EQ(stream.open(changed), "refused") << at;
    }
    EXPECT_EQ(stream.open(whole), "some text");
}

TEST(InputStream, begins_a_bounded_number_of_streams)
{
    Stream stream;
    int taken = 0;
    for (int i = 0; i < 256; ++i)
        taken += stream.open(line(0, "a", { .stream = static_cast<char>(i) })) == "a";
    EXPECT_EQ(taken, 256);
    EXPECT_EQ(stream.open(line(0, "a", { .console = 'C', .stream = 'S' })), "refused");
}

} // namespace
