#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace farl::load {

// A value is shifted until kPrecisionBits + 1 bits are left. Each shift has its own run of buckets; that of shift 0 is
// twice as long, as it holds all smaller values too.
size_t Histogram::bucket_of(uint64_t ns)
{
    auto const width = static_cast<unsigned>(std::bit_width(ns));
    auto const shift = width > kPrecisionBits + 1 ? width - kPrecisionBits - 1 : 0;
    return (static_cast<size_t>(shift) << kPrecisionBits) + (ns >> shift);
}

uint64_t Histogram::last_of(size_t bucket)
{
    auto const run = bucket >> kPrecisionBits;
    auto const shift = run > 1 ? run - 1 : 0;
    auto const first = static_cast<uint64_t>(bucket - (shift << kPrecisionBits)) << shift;
    return first + ((uint64_t { 1 } << shift) - 1);
}

void Histogram::record(uint64_t ns)
{
    ++counts_[bucket_of(ns)];
    ++count_;
    sum_ += static_cast<double>(ns);
    largest_ = std::max(largest_, ns);
}

uint64_t Histogram::percentile(double part) const
{
    auto const wanted = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(part * static_cast<double>(count_))));
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        seen += counts_[bucket];
        if (seen >= wanted)
            return std::min(last_of(bucket), largest_);
    }
    return largest_;
}

} // namespace farl::load
