// CallWait: who waits for the answer to the call of a slot, and whether that call is outstanding at all, in one word.
// The waiter looks for the answer at first, and needs no wake-up; then it parks. Whoever finds an answer claims the
// waiter: of several answers to one call only the first gets it. Pure: knows nothing of fibers.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace farl {

template <typename Waiter, template <typename> typename Atomic = std::atomic>
class CallWait {
public:
    // ---- the waiter

    void begin(Waiter& waiter) { word_.store(word_of(waiter) | kLooking, std::memory_order_relaxed); }
    // From now on it has to be woken, unless the answer is there, or about to be.
    void stop_looking(Waiter& waiter)
    {
        auto looking = word_of(waiter) | kLooking;
        word_.compare_exchange_strong(looking, word_of(waiter));
    }
    enum class Answer : uint8_t {
        Missing,  // who brings it wakes the waiter, if that has stopped looking
        OnItsWay, // somebody has claimed the waiter: in a moment, and perhaps without waking it
        There,
    };
    // Looks once: between two looks it may go from OnItsWay to There, and nobody wakes who sleeps then.
    Answer answer() const
    {
        auto word = word_.load(std::memory_order_acquire);
        return word == kIdle ? Answer::There : word == kAnswering ? Answer::OnItsWay : Answer::Missing;
    }

    // ---- whoever has an answer

    struct Claim {
        Waiter* waiter;
        bool has_to_be_woken;
    };
    // Nothing if no call is outstanding, or somebody else answers it.
    std::optional<Claim> claim()
    {
        auto word = word_.load(std::memory_order_acquire);
        do {
            if (word == kIdle || word == kAnswering)
                return {};
        } while (!word_.compare_exchange_weak(word, kAnswering)); // the waiter stops looking at any time
        return Claim { reinterpret_cast<Waiter*>(word & ~kLooking), (word & kLooking) == 0 };
    }
    // The waiter may go on, and end, from here on.
    void release() { word_.store(kIdle, std::memory_order_release); }

private:
    static constexpr uint64_t kIdle = 0, kLooking = 1, kAnswering = 2;

    static uint64_t word_of(Waiter& waiter) { return reinterpret_cast<uint64_t>(&waiter); }

    Atomic<uint64_t> word_ { kIdle };
};

} // namespace farl
