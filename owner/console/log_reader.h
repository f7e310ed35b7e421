// LogReader: the outputs of programs from a log of shielded lines, and all that is wrong with it: what was replayed,
// reordered, dropped, changed, put in from elsewhere, or cut off. One log may hold many starts, one after another.
#pragma once

#include "owner/console/console_line.h"

#include <map>
#include <set>
#include <vector>

namespace farl::owner {

// What a log turns out to hold, in its order.
class LogListener {
public:
    virtual ~LogListener() = default;
    virtual void data(formats::ConsoleChannel channel, std::string_view bytes) = 0;
    // Before the first data of a program that has a terminal.
    virtual void terminal() { }
    // `what` is for a person: a sentence without its end, with the place.
    virtual void problem(std::string const& what) = 0;
    // Of whoever writes to the log: its truth is not known.
    virtual void unshielded(std::string_view line) = 0;
};

class LogReader {
public:
    LogReader(Secret const& key, LogListener& listener) : key_(key), listener_(listener) { }

    // A line without its line feed.
    void take(std::string_view line);
    // After the last line.
    void finish();
    // Blocks that were what their sealer made them.
    size_t block_count() const { return block_count_; }
    // Of the last start, once there is one.
    std::optional<formats::ConsoleId> console() const
    {
        return starts_.empty() ? std::nullopt : std::optional(starts_.back().console);
    }

private:
    // The blocks of one output of one start.
    struct Stream {
        formats::ConsoleId id {};
        Secret key;
        uint64_t next { 0 };
        std::set<uint64_t> missing; // below `next`, as far as they are kept
        bool has_ended { false };
    };
    struct Start {
        formats::ConsoleId console {};
        std::map<formats::ConsoleChannel, Stream> streams;
        std::optional<formats::ConsoleEnd> end;
        bool has_terminal { false };
    };

    void take_block(formats::ConsoleBlock const& block);
    bool is_next(Stream& stream, formats::ConsoleHeader const& header);
    void take_data(Start& start, Stream& stream, formats::ConsoleHeader const& header, Secret const& data);
    Start* start_of(formats::ConsoleHeader const& header);
    Stream* stream_of(Start& start, formats::ConsoleHeader const& header, Secret key);
    void finish_start(Start const& start, size_t number);
    void report(std::string const& what); // at this line

    Secret const& key_;
    LogListener& listener_;
    std::vector<Start> starts_;
    std::vector<std::byte> room_ = std::vector<std::byte>(formats::kLargestConsoleBlock);
    uint64_t line_number_ { 0 };
    size_t block_count_ { 0 };
};

} // namespace farl::owner
