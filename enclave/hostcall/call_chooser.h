// CallChooser: for `auto`, which way host calls of a kind go: by an exit, or through the queues. A kind is a number and
// a class of sizes. It starts with what a transition costs, and learns what calls of each kind cost either way: the
// processor time that passes for one on the carrier, and on the worker if others ran meanwhile.
//
// Any thread may ask and tell at any time. Figures are not exact then, which is good enough for a choice.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace farl {

enum class CallWay : uint8_t { Exit, Queue };

class CallChooser {
public:
    // Ticks are those of the time-stamp counter. One processor alone has no other that could serve a queue.
    void initialise(uint64_t transition_ticks, uint64_t processors);

    struct Choice {
        CallWay way;
        bool is_sample; // learn() wants to know what this call costs
    };
    // `turn` counts the calls of the caller: now and then it is a sample, or goes the other way, to see whether that
    // would be better.
    Choice choose(uint64_t number, uint64_t size, uint32_t turn) const;
    // For calls that may block: a carrier that leaves for one may have to wake another one, or start it.
    CallWay way_of_blocking_calls() const { return first_way_; }

    void learn(uint64_t number, uint64_t size, CallWay way, uint64_t ticks);

private:
    static constexpr size_t kNumbers = 512;
    static constexpr size_t kSizeClasses = 4;

    struct Kind {
        std::atomic<uint32_t> ticks[2] {}; // by way: what one costs, on average; 0 before the first
        std::atomic<CallWay> way { CallWay::Exit };
    };

    static size_t index_of(uint64_t number, uint64_t size);

    bool has_choice_ { false };
    CallWay first_way_ { CallWay::Exit };
    Kind kinds_[kNumbers * kSizeClasses];
};

} // namespace farl
