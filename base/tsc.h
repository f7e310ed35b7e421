// The time-stamp counter, for statistics: what comes before and after in the program may be done after or before it.
#pragma once

#include <cstdint>

namespace farl {

inline uint64_t rough_ticks()
{
    uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return static_cast<uint64_t>(high) << 32 | low;
}

} // namespace farl
