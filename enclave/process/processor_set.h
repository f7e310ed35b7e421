// ProcessorSet: some of the machine's processors, as sched_setaffinity(2) names them: a bit for each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl {

struct ProcessorSet {
    static constexpr uint64_t kMost = 1024;

    static ProcessorSet first(uint64_t count)
    {
        ProcessorSet set;
        for (uint64_t cpu = 0; cpu < count && cpu < kMost; ++cpu)
            set.words[cpu / 64] |= 1ull << cpu % 64;
        return set;
    }
    static size_t size_for(uint64_t count) { return (count + 63) / 64 * sizeof(uint64_t); }

    bool contains(uint64_t cpu) const { return words[cpu / 64] >> cpu % 64 & 1; }
    bool is_empty() const
    {
        uint64_t any = 0;
        for (auto word : words)
            any |= word;
        return !any;
    }
    void intersect(ProcessorSet const& other)
    {
        for (size_t i = 0; i < kMost / 64; ++i)
            words[i] &= other.words[i];
    }

    uint64_t words[kMost / 64] {};
};

} // namespace farl
