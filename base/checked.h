// Arithmetic that reports overflow, and alignment. Sizes are bytes.
#pragma once

#include "base/result.h"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace farl {

inline constexpr size_t kPageSize = 4096;

template <std::integral T>
Result<T> checked_add(T a, T b)
{
    T sum;
    if (__builtin_add_overflow(a, b, &sum))
        return Errno::Eoverflow;
    return sum;
}

template <std::integral T>
Result<T> checked_multiply(T a, T b)
{
    T product;
    if (__builtin_mul_overflow(a, b, &product))
        return Errno::Eoverflow;
    return product;
}

template <std::unsigned_integral T>
constexpr bool is_power_of_two(T value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

// `alignment` is a power of two.
template <std::unsigned_integral T>
constexpr T align_down(T value, T alignment)
{
    return value & ~(alignment - 1);
}

// Wraps on overflow: check the input's size first.
template <std::unsigned_integral T>
constexpr T align_up(T value, T alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

constexpr uint64_t page_down(uint64_t value) { return align_down<uint64_t>(value, kPageSize); }
constexpr uint64_t page_up(uint64_t value) { return align_up<uint64_t>(value, kPageSize); }

template <typename T>
constexpr bool is_aligned(T value, uint64_t alignment)
{
    return (static_cast<uint64_t>(value) & (alignment - 1)) == 0;
}

} // namespace farl
