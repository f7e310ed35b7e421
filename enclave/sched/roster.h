// Roster: which carriers compute, sleep or are in a blocking host call, which run queue each of them calls its own, and
// who is woken or started when there is more to do. Pure: what there is to do it asks of its caller, after it has taken
// the carrier off the books, so that one who makes something runnable meanwhile sees that nobody is left.
#pragma once

#include "base/spinlock.h"
#include "enclave/sched/carrier.h"
#include "enclave/sched/timer.h"

#include <optional>

namespace farl {

// What would be left alone if a carrier went.
struct Pending {
    bool has_work { false };
    bool has_outstanding_calls { false };
    uint64_t next_deadline_ns { kNever };
};

// Whom to send for: a sleeper, a new one, or nobody.
struct Help {
    Carrier* sleeper { nullptr };
    bool is_new { false };
    explicit operator bool() const { return sleeper || is_new; }
};

template <typename Lock = Spinlock, template <typename> typename Atomic = std::atomic>
class BasicRoster {
public:
    static constexpr uint64_t kMostHomes = 64;

    // As many carriers as there are run queues, `homes`, should compute at a time; there are never more than `most`.
    void initialise(uint64_t homes, uint64_t most)
    {
        most_ = most;
        homes_ = homes;
        set_base(homes);
    }
    // So many are enough while fibers leave processors to each other and to workers; for each one that keeps its
    // carrier there should be one more.
    void set_base(uint64_t base)
    {
        base_ = base;
        most_spinners_ = base > 3 ? base / 2 : 1;
    }
    uint64_t target() const
    {
        auto target = base_ + computing_.load(std::memory_order_relaxed);
        return target < homes_ ? target : homes_;
    }
    // At each tick: whether the carrier's fiber has kept it since the last one.
    void note_tick(Carrier& carrier, bool is_kept)
    {
        if (carrier.is_kept == is_kept || base_ == homes_)
            return;
        LockGuard guard(lock_);
        set_kept(carrier, is_kept);
    }
    // Whether there is one too many since fewer fibers keep their carriers, or one came back from a blocking call: it
    // sleeps, and leaves a processor to the workers.
    bool has_surplus() const { return base_ < homes_ && active() > target(); }

    // A carrier that begins, and was counted when it was sent for.
    void join(Carrier& carrier)
    {
        LockGuard guard(lock_);
        take_home(carrier);
    }

    // Whether a carrier was sent for that has not come yet; each is expected once.
    bool accept()
    {
        LockGuard guard(lock_);
        if (!expected_)
            return false;
        --expected_;
        return true;
    }
    // It will not come. HOST: not believed about one that is here.
    void forget_expected()
    {
        LockGuard guard(lock_);
        if (!expected_)
            return;
        --expected_;
        --total_;
        add_active(-1);
    }

    // After something was made runnable: whether to call send_for_help(). A spinner finds it by itself.
    bool is_short() const { return active_.load() < target() && spinning_.load() == 0; }
    template <typename Look>
    Help send_for_help(Look look)
    {
        LockGuard guard(lock_);
        return is_short() && look().has_work ? choose() : Help {};
    }

    // Around a blocking host call.
    template <typename Look>
    Help block(Carrier& carrier, Look look)
    {
        LockGuard guard(lock_);
        leave(carrier);
        blocked_.store(blocked_.load() + 1);
        auto pending = look();
        bool is_needed = (pending.has_work && active_.load() < target()) || needs_timer_watch(pending)
            || needs_completion_watch(pending);
        return is_needed ? choose() : Help {};
    }
    void unblock(Carrier& carrier)
    {
        LockGuard guard(lock_);
        blocked_.store(blocked_.load() - 1);
        add_active(1);
        take_home(carrier);
    }

    // For so long the carrier may sleep, or not at all. After it slept it calls wake_up().
    template <typename Look>
    std::optional<uint64_t> fall_asleep(Carrier& carrier, uint64_t now_ns, Look look)
    {
        LockGuard guard(lock_);
        leave(carrier);
        auto pending = look();
        auto deadline_ns = pending.next_deadline_ns;
        if ((pending.has_work && active_.load() < target()) || deadline_ns <= now_ns) {
            add_active(1);
            take_home(carrier);
            return {};
        }
        carrier.is_sleeping = true;
        idle_.push_front(carrier);
        if (deadline_ns == kNever || is_watched(deadline_ns))
            return kNever;
        watched_deadline_ = deadline_ns;
        watcher_ = &carrier;
        return deadline_ns - now_ns;
    }
    void wake_up(Carrier& carrier)
    {
        LockGuard guard(lock_);
        if (!carrier.is_sleeping)
            return; // whoever chose it took it off the list
        idle_.remove(carrier);
        rouse(carrier);
    }

    // At most so many look for work as could be of use.
    bool begin_spin()
    {
        if (spinning_.fetch_add(1) < most_spinners_)
            return true;
        spinning_.fetch_sub(1);
        return false;
    }
    // Whether nobody spins now: what is left to do is not found by itself any more.
    bool end_spin() { return spinning_.fetch_sub(1) == 1; }

    uint64_t blocked() const { return blocked_.load(std::memory_order_relaxed); }
    uint64_t active() const { return active_.load(std::memory_order_relaxed); }
    uint64_t total()
    {
        LockGuard guard(lock_);
        return total_;
    }

private:
    void add_active(int by) { active_.store(active_.load() + static_cast<uint64_t>(by)); }

    void leave(Carrier& carrier)
    {
        --users_[carrier.home];
        add_active(-1);
        set_kept(carrier, false);
    }

    void set_kept(Carrier& carrier, bool is_kept)
    {
        if (carrier.is_kept == is_kept)
            return;
        carrier.is_kept = is_kept;
        computing_.store(computing_.load() + (is_kept ? 1 : static_cast<uint64_t>(-1)));
    }

    // Its last one if that is free, or a free one, or the least used.
    void take_home(Carrier& carrier)
    {
        auto best = carrier.home;
        for (uint64_t i = 0; i < homes_ && users_[best]; ++i)
            best = users_[i] < users_[best] ? i : best;
        carrier.home = best;
        ++users_[best];
    }

    void rouse(Carrier& carrier)
    {
        carrier.is_sleeping = false;
        if (watcher_ == &carrier)
            watcher_ = nullptr;
        add_active(1);
        take_home(carrier);
    }

    Help choose()
    {
        if (auto* carrier = idle_.pop_front()) {
            rouse(*carrier);
            return { .sleeper = carrier };
        }
        if (total_ >= most_)
            return {};
        ++total_; // counted from now on, so that nobody sends for a second one meanwhile
        add_active(1);
        ++expected_;
        return { .is_new = true };
    }

    // Somebody has to be awake, or asleep with the right time-out, when timers are pending.
    bool is_watched(uint64_t deadline_ns) const { return watcher_ && watched_deadline_ <= deadline_ns; }
    bool needs_timer_watch(Pending const& pending) const
    {
        return active_.load() == 0 && pending.next_deadline_ns != kNever && !is_watched(pending.next_deadline_ns);
    }
    // The launcher wakes a sleeper for each answer; if there is none, somebody has to be awake.
    bool needs_completion_watch(Pending const& pending) const
    {
        return active_.load() == 0 && idle_.is_empty() && pending.has_outstanding_calls;
    }

    uint64_t base_ { 1 };
    uint64_t most_ { 1 };
    uint64_t homes_ { 1 };
    uint64_t most_spinners_ { 1 };
    alignas(64) Atomic<uint64_t> active_ { 1 }; // neither asleep nor in a blocking host call; changes under the lock
    Atomic<uint64_t> spinning_ { 0 };
    Atomic<uint64_t> computing_ { 0 }; // carriers that are kept; changes under the lock
    Atomic<uint64_t> blocked_ { 0 };   // in a blocking host call; changes under the lock
    alignas(64) Lock lock_;
    IntrusiveList<Carrier, &Carrier::idle_link> idle_;
    Carrier* watcher_ { nullptr }; // the sleeper whose time-out is the earliest deadline
    uint64_t watched_deadline_ { kNever };
    uint64_t total_ { 1 };
    uint64_t expected_ { 0 };       // of them, sent for and not here yet
    uint32_t users_[kMostHomes] {}; // by run queue: the active carriers that call it their own
};

using Roster = BasicRoster<>;

} // namespace farl
