// CallQueue: a bounded, lock-free queue of slot numbers between the enclave and the workers outside. Its words lie in
// host memory; each side keeps its own position to itself. Any number of writers and of readers.
//
// A word holds the lap of its position and a slot number, written at once: a reader knows by the lap whether the word
// is the one its position waits for. Nobody has to ask whether there is room, because each slot is in a queue at most
// once and there are no more slots than words. So the side that writes reads nothing of the other, and what a hostile
// side writes can only be: nothing yet, or a slot number, which the reader checks against what it knows of that slot.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace farl::wire {

inline constexpr unsigned kCallQueueBits = 13;
inline constexpr uint64_t kCallQueueWords = 1ull << kCallQueueBits;

// `Words` has uint64_t read(uint64_t index) and void write(uint64_t index, uint64_t word); a read acquires, a write
// releases. `Bits` is the logarithm of their number.
template <typename Words, unsigned Bits = kCallQueueBits, template <typename> typename Atomic = std::atomic>
class CallQueueEnd {
public:
    constexpr CallQueueEnd() = default;
    void initialise(Words words) { words_ = words; }

    void push(uint32_t slot)
    {
        auto position = position_.fetch_add(1, std::memory_order_relaxed);
        words_.write(index_of(position), lap_of(position) << 32 | slot);
    }

    // Nothing if the next word has not been written yet.
    std::optional<uint32_t> pop()
    {
        auto position = position_.load(std::memory_order_relaxed);
        for (;;) {
            auto word = words_.read(index_of(position));
            if (word >> 32 != lap_of(position)) {
                auto now = position_.load(std::memory_order_relaxed);
                if (now == position)
                    return {};
                position = now; // another reader was faster
            } else if (position_.compare_exchange_weak(position, position + 1, std::memory_order_acq_rel)) {
                return static_cast<uint32_t>(word);
            }
        }
    }

    // Whether pop() would have found something.
    bool has_next() const
    {
        auto position = position_.load(std::memory_order_acquire);
        return words_.read(index_of(position)) >> 32 == lap_of(position);
    }

    // How many have been pushed, or popped, at this end.
    uint64_t position() const { return position_.load(std::memory_order_acquire); }

private:
    static constexpr uint64_t kMask = (1ull << Bits) - 1;

    // Never 0, which is what memory holds that nobody has written.
    static uint64_t lap_of(uint64_t position) { return static_cast<uint32_t>((position >> Bits) + 1); }

    // Neighbours in time lie in different cache lines.
    static uint64_t index_of(uint64_t position)
    {
        if constexpr (Bits <= 3)
            return position & kMask;
        else
            return (position << 3 & kMask) | (position & kMask) >> (Bits - 3);
    }

    alignas(64) Atomic<uint64_t> position_ { 0 };
    alignas(64) Words words_ {};
};

} // namespace farl::wire
