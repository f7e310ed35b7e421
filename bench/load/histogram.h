// Counts durations in buckets that grow with them, so that each is known to within one percent at any scale and
// recording costs the same for all. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace farl::load {

class Histogram {
public:
    void record(uint64_t ns);

    uint64_t count() const { return count_; }
    uint64_t largest() const { return largest_; }
    double mean() const { return count_ ? sum_ / static_cast<double>(count_) : 0; }

    // The shortest duration that at least this part of all did not exceed; 0 if there are none.
    uint64_t percentile(double part) const;

private:
    static constexpr unsigned kPrecisionBits = 7; // buckets for each doubling: 2^7
    static constexpr size_t kBucketCount = (64 - kPrecisionBits + 1) << kPrecisionBits;

    static size_t bucket_of(uint64_t ns);
    static uint64_t last_of(size_t bucket);

    std::vector<uint64_t> counts_ = std::vector<uint64_t>(kBucketCount);
    uint64_t count_ = 0;
    uint64_t largest_ = 0;
    double sum_ = 0;
};

} // namespace farl::load
