#include "owner/console/log_reader.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace farl::owner {

using formats::ConsoleChannel;
using formats::ConsoleKind;

namespace {

constexpr size_t kMostMissing = 4096; // of one stream, kept by number

std::string_view name_of(ConsoleChannel channel)
{
    return channel == ConsoleChannel::Error ? "the error output" : "the output";
}

std::string blocks(uint64_t first, uint64_t last)
{
    return first == last ? fmt::format("block {}", first) : fmt::format("blocks {} to {}", first, last);
}

std::string_view are(uint64_t first, uint64_t last) { return first == last ? "is" : "are"; }

} // namespace

void LogReader::report(std::string const& what) { listener_.problem(fmt::format("line {}: {}", line_number_, what)); }

void LogReader::take(std::string_view line)
{
    ++line_number_;
    if (line.ends_with('\r')) // of a terminal on the way
        line.remove_suffix(1);
    if (!formats::is_console_line(line)) {
        if (!line.empty())
            listener_.unshielded(line);
        return;
    }
    auto block = formats::parse_console_line(line, room_);
    if (block.is_error())
        return report("the block is damaged");
    if (block.value().header.channel == ConsoleChannel::Input)
        return report("the block is one of the input");
    take_block(block.value());
}

void LogReader::take_block(formats::ConsoleBlock const& block)
{
    auto const& header = block.header;
    auto key = console_stream_key(key_, header);
    auto data = open_console_block(key, block);
    if (!data)
        return report("the block was changed, or sealed with another key");
    ++block_count_;
    auto* start = start_of(header);
    auto* stream = start ? stream_of(*start, header, std::move(key)) : nullptr;
    if (stream && is_next(*stream, header))
        take_data(*start, *stream, header, *data);
}

// None for one that another start has followed.
LogReader::Start* LogReader::start_of(formats::ConsoleHeader const& header)
{
    auto known = std::ranges::find(starts_, header.console, &Start::console);
    if (known == starts_.end())
        return &starts_.emplace_back(Start { .console = header.console });
    if (known + 1 == starts_.end())
        return &*known;
    report(fmt::format("block {} of start {} was put in among those of start {}", header.sequence,
        known - starts_.begin() + 1, starts_.size()));
    return nullptr;
}

LogReader::Stream* LogReader::stream_of(Start& start, formats::ConsoleHeader const& header, Secret key)
{
    auto [at, is_new] = start.streams.try_emplace(header.channel);
    auto& stream = at->second;
    if (is_new) {
        stream.id = header.stream;
        stream.key = std::move(key);
    }
    if (stream.id == header.stream)
        return &stream;
    report(fmt::format("block {} is of a second stream of {}", header.sequence, name_of(header.channel)));
    return nullptr;
}

bool LogReader::is_next(Stream& stream, formats::ConsoleHeader const& header)
{
    auto number = header.sequence;
    auto name = name_of(header.channel);
    if (number < stream.next) {
        if (stream.missing.erase(number))
            report(fmt::format("block {} of {} comes late (reordered), and is left out", number, name));
        else
            report(fmt::format("block {} of {} is there again (replayed)", number, name));
        return false;
    }
    if (stream.has_ended) {
        report(fmt::format("block {} of {} comes after its end", number, name));
        return false;
    }
    if (number > stream.next) {
        report(fmt::format(
            "{} of {} {} missing before it", blocks(stream.next, number - 1), name, are(stream.next, number - 1)));
        for (auto gone = stream.next; gone < number && stream.missing.size() < kMostMissing; ++gone)
            stream.missing.insert(gone);
    }
    stream.next = number + 1;
    return true;
}

void LogReader::take_data(Start& start, Stream& stream, formats::ConsoleHeader const& header, Secret const& data)
{
    if (header.kind != ConsoleKind::End) {
        if (header.kind == ConsoleKind::Terminal && !std::exchange(start.has_terminal, true))
            listener_.terminal();
        if (!data.is_empty())
            listener_.data(header.channel, data.reveal());
        return;
    }
    stream.has_ended = true;
    start.end.emplace();
    std::memcpy(&*start.end, data.reveal().data(), sizeof(*start.end));
}

void LogReader::finish()
{
    for (size_t i = 0; i < starts_.size(); ++i)
        finish_start(starts_[i], i + 1);
}

// Gaps were told where they were.
void LogReader::finish_start(Start const& start, size_t number)
{
    if (!start.end)
        return listener_.problem(fmt::format(
            "start {}: the end is missing: the log was cut off, or the program was killed or still runs", number));
    for (auto channel : { ConsoleChannel::Output, ConsoleChannel::Error }) {
        auto stream = start.streams.find(channel);
        auto seen = stream == start.streams.end() ? 0 : stream->second.next;
        auto all = channel == ConsoleChannel::Output ? start.end->output_blocks : start.end->error_blocks;
        bool has_end = stream != start.streams.end() && stream->second.has_ended;
        if (seen < all)
            listener_.problem(fmt::format("start {}: {} of {} {} missing at its end", number, blocks(seen, all - 1),
                name_of(channel), are(seen, all - 1)));
        else if (all && !has_end)
            listener_.problem(fmt::format("start {}: the end of {} is missing", number, name_of(channel)));
    }
}

} // namespace farl::owner
