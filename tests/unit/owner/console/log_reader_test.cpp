#include "owner/console/log_reader.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace farl;
using namespace farl::owner;
using formats::ConsoleChannel;
using formats::ConsoleHeader;
using formats::ConsoleKind;

namespace {

using Lines = std::vector<std::string>;

struct Heard final : LogListener {
    std::string output, errors;
    Lines problems, plain;

    void data(ConsoleChannel channel, std::string_view bytes) override
    {
        (channel == ConsoleChannel::Error ? errors : output) += bytes;
    }
    void problem(std::string const& what) override { problems.push_back(what); }
    void unshielded(std::string_view line) override { plain.emplace_back(line); }
};

Secret key_of(char filling) { return Secret(std::string(formats::kConsoleKeyBytes, filling)); }

// One start's lines, as an enclave writes them.
class Sealer {
public:
    explicit Sealer(char id, Secret key = key_of('k')) : key_(std::move(key)), id_(id) { }

    std::string data(ConsoleChannel channel, std::string_view text)
    {
        ++counts_[static_cast<int>(channel)];
        return line(channel, ConsoleKind::Data, text);
    }
    std::string end(ConsoleChannel channel)
    {
        formats::ConsoleEnd end { counts_[1], counts_[2] };
        return line(channel, ConsoleKind::End, { reinterpret_cast<char const*>(&end), sizeof(end) });
    }

private:
    std::string line(ConsoleChannel channel, ConsoleKind kind, std::string_view data)
    {
        ConsoleHeader header { .channel = channel, .kind = kind };
        header.console.fill(std::byte(id_));
        header.stream.fill(std::byte(id_ + static_cast<int>(channel) + 1));
        header.sequence = sequences_[static_cast<int>(channel)]++;
        auto sealed = seal_console_line(console_stream_key(key_, header), header, data);
        EXPECT_TRUE(sealed.ends_with('\n'));
        sealed.pop_back();
        return sealed;
    }

    Secret key_;
    char id_;
    uint64_t counts_[3] {}, sequences_[3] {};
};

Lines sample(char id = 'A')
{
    Sealer sealer(id);
    auto out = ConsoleChannel::Output, error = ConsoleChannel::Error;
    return { sealer.data(out, ""), sealer.data(out, "one\n"), sealer.data(error, "oh\n"), sealer.data(out, "two\n"),
        sealer.data(error, "no\n"), sealer.data(out, "three\n"), sealer.end(out), sealer.end(error) };
}

Heard read(Lines const& lines, Secret const& key = key_of('k'))
{
    Heard heard;
    LogReader reader(key, heard);
    for (auto const& line : lines)
        reader.take(line);
    reader.finish();
    return heard;
}

bool mentions(Heard const& heard, std::string_view part)
{
    return std::ranges::any_of(heard.problems, [&](auto const& text) { return text.find(part) != text.npos; });
}

TEST(LogReader, gives_back_what_was_written_and_nothing_is_wrong)
{
    auto heard = read(sample());
    EXPECT_EQ(heard.output, "one\ntwo\nthree\n");
    EXPECT_EQ(heard.errors, "oh\nno\n");
    EXPECT_EQ(heard.problems, Lines {});
}

TEST(LogReader, takes_one_start_after_another)
{
    auto lines = sample('A');
    for (auto const& line : sample('Q'))
        lines.push_back(line);
    auto heard = read(lines);
    EXPECT_EQ(heard.output, "one\ntwo\nthree\none\ntwo\nthree\n");
    EXPECT_EQ(heard.problems, Lines {});
}

TEST(LogReader, keeps_lines_of_others_apart)
{
    auto lines = sample();
    lines.insert(lines.begin() + 2, "farl: a word of the host");
    auto heard = read(lines);
    EXPECT_EQ(heard.plain, Lines { "farl: a word of the host" });
    EXPECT_EQ(heard.problems, Lines {});
}

TEST(LogReader, finds_each_line_that_is_dropped)
{
    for (size_t i = 0; i < sample().size(); ++i) {
        auto lines = sample();
        lines.erase(lines.begin() + static_cast<ptrdiff_t>(i));
        auto heard = read(lines);
        EXPECT_EQ(heard.problems.size(), 1u) << i;
        EXPECT_TRUE(mentions(heard, "missing")) << i;
    }
    auto heard = read({ sample()[0], sample()[3] });
    EXPECT_TRUE(mentions(heard, "line 2: block 1 of the output is missing before it"));
}

TEST(LogReader, finds_each_line_that_comes_again)
{
    for (size_t i = 0; i < sample().size(); ++i)
        for (size_t to = i + 1; to <= sample().size(); ++to) {
            auto lines = sample();
            lines.insert(lines.begin() + static_cast<ptrdiff_t>(to), lines[i]);
            auto heard = read(lines);
            EXPECT_EQ(heard.problems.size(), 1u) << i << " " << to;
            EXPECT_TRUE(mentions(heard, "replayed")) << i << " " << to;
            EXPECT_EQ(heard.output, "one\ntwo\nthree\n");
        }
}

TEST(LogReader, finds_lines_of_one_stream_that_change_places)
{
    constexpr size_t kOutputs[] = { 0, 1, 3, 5, 6 };
    for (auto one : kOutputs)
        for (auto other : kOutputs) {
            if (one >= other)
                continue;
            auto lines = sample();
            std::swap(lines[one], lines[other]);
            auto heard = read(lines);
            EXPECT_TRUE(mentions(heard, "reordered") || mentions(heard, "comes after its end")) << one << " " << other;
        }
}

TEST(LogReader, finds_a_log_that_ends_too_early)
{
    for (size_t size = 1; size < sample().size(); ++size) {
        auto lines = sample();
        lines.resize(size);
        EXPECT_TRUE(mentions(read(lines), "missing")) << size;
    }
}

TEST(LogReader, finds_that_all_of_one_stream_is_missing)
{
    auto lines = sample();
    auto heard = read({ lines[0], lines[1], lines[3], lines[5], lines[6] });
    EXPECT_EQ(heard.problems, Lines { "start 1: blocks 0 to 1 of the error output are missing at its end" });
    heard = read({ lines[2], lines[4], lines[7] });
    EXPECT_EQ(heard.problems, Lines { "start 1: blocks 0 to 3 of the output are missing at its end" });
}

TEST(LogReader, finds_lines_of_another_start_among_these)
{
    auto lines = sample('A'), others = sample('Q');
    for (size_t at = 1; at < lines.size(); ++at) {
        auto mixed = lines;
        mixed.insert(mixed.begin() + static_cast<ptrdiff_t>(at), others[3]);
        auto heard = read(mixed);
        EXPECT_TRUE(mentions(heard, "of start 1 was put in among those of start 2")) << at;
    }
}

TEST(LogReader, finds_each_change_of_a_line)
{
    for (size_t line = 0; line < sample().size(); ++line)
        for (size_t at = formats::kConsolePrefix.size(); at < sample()[line].size(); at += 3) {
            auto lines = sample();
            lines[line][at] = lines[line][at] == 'A' ? 'B' : 'A';
            auto heard = read(lines);
            ASSERT_TRUE(mentions(heard, "was changed") || mentions(heard, "damaged") || mentions(heard, "of the input"))
                << line << " " << at;
        }
}

TEST(LogReader, opens_nothing_with_another_key)
{
    auto heard = read(sample(), key_of('x'));
    EXPECT_EQ(heard.output + heard.errors, "");
    EXPECT_EQ(heard.problems.size(), sample().size());
}

TEST(LogReader, takes_no_input_for_output)
{
    Sealer sealer('A');
    auto heard = read({ sealer.data(ConsoleChannel::Input, "typed") });
    EXPECT_TRUE(mentions(heard, "one of the input"));
    EXPECT_EQ(heard.output, "");
}

} // namespace
