// Spinlock: short critical sections between carriers. Never held across a host call or a park. Whoever holds it may
// have lost its processor: those who wait for it give theirs away now and then, once something has said how.
#pragma once

#include <atomic>

namespace farl {

class Spinlock {
public:
    void lock()
    {
        while (locked_.exchange(true, std::memory_order_acquire))
            wait();
    }
    bool try_lock() { return !locked_.exchange(true, std::memory_order_acquire); }
    void unlock() { locked_.store(false, std::memory_order_release); }

    // Called by whoever has waited for long, perhaps with other locks held. Set before there is a second thread.
    using GiveWay = void (*)();
    static void set_give_way(GiveWay give_way) { give_way_ = give_way; }

private:
    // Some microseconds: many times what a lock is held for, and little beside a time slice.
    static constexpr int kPatience = 200;

    [[gnu::noinline, gnu::cold]] void wait() const
    {
        for (int turn = 0; locked_.load(std::memory_order_relaxed); ++turn) {
            __builtin_ia32_pause();
            if (turn < kPatience)
                continue;
            if (give_way_)
                give_way_();
            turn = 0;
        }
    }

    constinit inline static GiveWay give_way_ = nullptr;
    std::atomic<bool> locked_ { false };
};

template <typename Lock>
class [[nodiscard]] LockGuard {
public:
    explicit LockGuard(Lock& lock) : lock_(lock) { lock_.lock(); }
    ~LockGuard() { lock_.unlock(); }
    LockGuard(LockGuard const&) = delete;
    LockGuard& operator=(LockGuard const&) = delete;

private:
    Lock& lock_;
};

} // namespace farl
