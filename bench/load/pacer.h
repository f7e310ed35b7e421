// When requests are to be sent: at a fixed rate, whatever becomes of the answers. A request that has to wait because
// the server is behind keeps the time it was meant for, and its latency counts from there: else the worst moments would
// have the fewest samples ("coordinated omission").
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace farl::load {

class Pacer {
public:
    // `rate` is requests a second; 0 means a closed loop, in which a request is always due.
    Pacer(double rate, uint64_t start_ns) : rate_(rate), start_ns_(start_ns) { }

    bool is_due(uint64_t now_ns) const { return is_closed() || next_ns() <= now_ns; }
    uint64_t next_ns() const { return is_closed() ? 0 : start_ns_ + offset_ns(taken_); }

    // The time that the next request is meant for.
    uint64_t take(uint64_t now_ns)
    {
        auto const intended = is_closed() ? now_ns : next_ns();
        ++taken_;
        return intended;
    }

    // How many requests were to be sent by now, but were not.
    uint64_t behind(uint64_t now_ns) const
    {
        if (is_closed() || !is_due(now_ns))
            return 0;
        return static_cast<uint64_t>(static_cast<double>(now_ns - start_ns_) * rate_ / 1e9) + 1 - taken_;
    }

private:
    bool is_closed() const { return rate_ == 0; }

    // From the count, not by adding intervals, whose rounding would add up.
    uint64_t offset_ns(uint64_t count) const
    {
        return static_cast<uint64_t>(std::llround(static_cast<double>(count) * 1e9 / rate_));
    }

    double rate_;
    uint64_t start_ns_;
    uint64_t taken_ = 0;
};

} // namespace farl::load
