// RunQueue: what can run, first in, first out. RunQueues: one for each carrier that computes at a time, so that they do
// not meet at one lock; a carrier whose own is empty steals half of another's. Pure: knows nothing of fibers.
//
// Whoever puts something in may then ask whether anybody has to be woken for it, and whoever is about to sleep says so
// and then asks has_any(): the counts are sequentially consistent, so that one of the two sees the other (roster.h).
#pragma once

#include "base/intrusive_list.h"
#include "base/spinlock.h"

#include <atomic>
#include <cstdint>

namespace farl {

template <typename T, ListLink T::*Link, typename Lock = Spinlock, template <typename> typename Atomic = std::atomic>
class alignas(64) RunQueue {
public:
    using List = IntrusiveList<T, Link>;
    static constexpr uint64_t kMostStolen = 32; // so long the lock is held

    void push(T& value)
    {
        LockGuard guard(lock_);
        list_.push_back(value);
        set_count(count() + 1);
    }

    T* pop()
    {
        if (!count())
            return nullptr;
        LockGuard guard(lock_);
        auto* value = list_.pop_front();
        if (value)
            set_count(count() - 1);
        return value;
    }

    // Takes the first and puts `value` behind the others; does neither if there are none.
    T* exchange(T& value)
    {
        if (!count())
            return nullptr;
        LockGuard guard(lock_);
        auto* first = list_.pop_front();
        if (first)
            list_.push_back(value);
        return first;
    }

    // Moves the older half, rounded up, into `loot`.
    uint64_t give_half(List& loot)
    {
        if (!count())
            return 0;
        LockGuard guard(lock_);
        auto half = (count() + 1) / 2;
        auto given = half < kMostStolen ? half : kMostStolen;
        for (uint64_t i = 0; i < given; ++i)
            loot.push_back(*list_.pop_front());
        set_count(count() - given);
        return given;
    }

    void take_in(List& loot, uint64_t added)
    {
        LockGuard guard(lock_);
        while (auto* value = loot.pop_front())
            list_.push_back(*value);
        set_count(count() + added);
    }

    uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    bool has_any() const { return count_.load(std::memory_order_seq_cst) != 0; }
    uint64_t most() const { return most_.load(std::memory_order_relaxed); }

private:
    void set_count(uint64_t count)
    {
        count_.store(count, std::memory_order_seq_cst);
        if (count > most())
            most_.store(count, std::memory_order_relaxed);
    }

    Lock lock_;
    Atomic<uint64_t> count_ { 0 }; // changes under the lock
    std::atomic<uint64_t> most_ { 0 };
    List list_;
};

template <typename Queue, typename T>
class RunQueues {
public:
    static constexpr uint64_t kMost = 64;

    // What a carrier took, and how many it stole on that occasion: what it does not run at once is in its own queue.
    struct Taken {
        T* value { nullptr };
        uint64_t stolen { 0 };
    };

    // Before the first use.
    void initialise(uint64_t count) { count_ = count < kMost ? count : kMost; }
    uint64_t count() const { return count_; }

    void push(uint64_t home, T& value) { queues_[home].push(value); }

    // `turn` is the carrier's own. Every so many turns it looks at the others first: the carriers of those may be
    // blocked, or not get a processor.
    Taken take(uint64_t home, uint64_t& turn)
    {
        if (++turn % kTurnsAtHome)
            if (auto* own = queues_[home].pop())
                return { own };
        if (auto taken = steal(home, turn); taken.value)
            return taken;
        return { queues_[home].pop() };
    }

    // Takes one in turn for `value`, which may run again after all that are there now; does nothing if none are.
    Taken exchange(uint64_t home, T& value, uint64_t& turn)
    {
        if (++turn % kTurnsAtHome)
            if (auto* own = queues_[home].exchange(value))
                return { own };
        auto taken = steal(home, turn);
        if (!taken.value)
            return { queues_[home].exchange(value) };
        push(home, value);
        return taken;
    }

    bool has_any() const
    {
        for (uint64_t i = 0; i < count_; ++i)
            if (queues_[i].has_any())
                return true;
        return false;
    }

    uint64_t most() const
    {
        uint64_t most = 0;
        for (uint64_t i = 0; i < count_; ++i)
            most = queues_[i].most() > most ? queues_[i].most() : most;
        return most;
    }

private:
    static constexpr uint64_t kTurnsAtHome = 61; // no multiple of what a program counts

    // Never holds two locks.
    Taken steal(uint64_t home, uint64_t turn)
    {
        for (uint64_t i = 0; i < count_; ++i) {
            auto victim = (turn + i) % count_;
            typename Queue::List loot;
            auto stolen = victim == home ? 0 : queues_[victim].give_half(loot);
            if (!stolen)
                continue;
            auto* first = loot.pop_front();
            if (stolen > 1)
                queues_[home].take_in(loot, stolen - 1);
            return { first, stolen };
        }
        return {};
    }

    uint64_t count_ { 1 };
    Queue queues_[kMost];
};

} // namespace farl
