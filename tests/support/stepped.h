// Atomics and locks for Interleavings: every access is a place where another thread may go first.
#pragma once

#include "tests/support/interleavings.h"

#include <atomic>
#include <utility>

namespace farl {

template <typename T>
class SteppedAtomic {
public:
    constexpr SteppedAtomic(T value) : value_(value) { }
    T load(std::memory_order = std::memory_order_seq_cst) const
    {
        Interleavings::step();
        return value_;
    }
    void store(T value, std::memory_order = std::memory_order_seq_cst)
    {
        Interleavings::step();
        value_ = value;
    }
    T fetch_add(T added, std::memory_order = std::memory_order_seq_cst)
    {
        Interleavings::step();
        return std::exchange(value_, value_ + added);
    }
    T fetch_sub(T taken, std::memory_order order = std::memory_order_seq_cst) { return fetch_add(T(0) - taken, order); }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order = std::memory_order_seq_cst)
    {
        Interleavings::step();
        bool is_equal = value_ == expected;
        (is_equal ? value_ : expected) = is_equal ? desired : value_;
        return is_equal;
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst)
    {
        return compare_exchange_weak(expected, desired, order);
    }

private:
    T value_;
};

// Threads that wait for it are not run until it is free, so waiting adds no orders.
class SteppedLock {
public:
    void lock()
    {
        Interleavings::step([this] { return !is_locked_; });
        is_locked_ = true;
    }
    void unlock() { is_locked_ = false; }

private:
    bool is_locked_ { false };
};

} // namespace farl
