// SharedCounts: at most how many shared mappings show an object, asked without a lock. Objects whose keys fall together
// are counted together, so it may be fewer, never more.
#pragma once

#include "enclave/memory/mapped_object.h"

#include <atomic>

namespace farl {

class SharedCounts {
public:
    // Changes happen one at a time.
    void add(ObjectKey key, int by)
    {
        auto& count = counts_[index_of(key)];
        count.store(count.load() + static_cast<uint32_t>(by));
    }
    uint32_t at_most(ObjectKey key) const { return counts_[index_of(key)].load(); }

private:
    static constexpr unsigned kBits = 10;

    static size_t index_of(ObjectKey key)
    {
        return ((key.inode ^ key.device << 32) * 0x9e37'79b9'7f4a'7c15) >> (64 - kBits);
    }

    std::atomic<uint32_t> counts_[1 << kBits] {};
};

} // namespace farl
