// LineSplitter: lines from bytes as they come. Of a line that is too long only the beginning is kept.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace farl::owner {

class LineSplitter {
public:
    static constexpr size_t kLongest = 64 << 10;

    // Calls take(line), without its line feed, for each one that is whole now.
    template <typename Take>
    void feed(std::string_view bytes, Take const& take)
    {
        while (!bytes.empty()) {
            auto end = bytes.find('\n');
            auto part = bytes.substr(0, end);
            line_.append(part.substr(0, std::min(part.size(), kLongest - line_.size())));
            if (end == bytes.npos)
                return;
            take(std::string_view(line_));
            line_.clear();
            bytes.remove_prefix(end + 1);
        }
    }
    // What follows the last line feed.
    template <typename Take>
    void finish(Take const& take)
    {
        if (!line_.empty())
            take(std::string_view(line_));
        line_.clear();
    }

private:
    std::string line_;
};

} // namespace farl::owner
