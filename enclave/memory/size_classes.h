// The sizes that the runtime's heap hands out from slabs: 16-byte steps up to 128, then four to each doubling.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace farl {

inline constexpr size_t kSmallestClass = 16;
inline constexpr size_t kLargestClass = 32 * 1024;

inline constexpr auto kSizeClasses = [] {
    std::array<uint32_t, 40> sizes {};
    size_t count = 0;
    for (uint32_t size = kSmallestClass; size < 128; size += 16)
        sizes[count++] = size;
    for (uint32_t size = 128; size < kLargestClass; size *= 2)
        for (uint32_t quarter = 0; quarter < 4; ++quarter)
            sizes[count++] = size + quarter * size / 4;
    sizes[count++] = kLargestClass;
    return sizes;
}();
inline constexpr size_t kClassCount = kSizeClasses.size();
static_assert(kSizeClasses[kClassCount - 1] == kLargestClass && kSizeClasses[7] == 128);

// `size` is 1 to kLargestClass.
constexpr size_t class_of(size_t size)
{
    if (size <= 128)
        return (size - 1) / 16;
    int log = 63 - __builtin_clzll(size - 1); // size - 1 in [2^log, 2^(log+1))
    size_t quarter = ((size - 1) >> (log - 2)) & 3;
    return 8 + static_cast<size_t>(log - 7) * 4 + quarter;
}
static_assert(class_of(1) == 0 && class_of(128) == 7 && class_of(129) == 8 && class_of(160) == 8);
static_assert(class_of(161) == 9 && class_of(256) == 11 && class_of(257) == 12 && class_of(32 * 1024) == 39);

} // namespace farl
