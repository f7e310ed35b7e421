// CallQueue: a bounded, lock-free queue of messages between the enclave and the workers outside. Its entries lie in
// host memory; each side keeps its own position to itself. Any number of writers and of readers.
//
// An entry is one cache line: a word with the lap of its position and a slot number, and the payload. The first word is
// written last and at once: a reader knows by the lap whether the entry is the one its position waits for. Nobody has
// to ask whether there is room, because each slot is in a queue at most once and there are no more slots than entries.
// So the side that writes reads nothing of the other, and what a hostile side writes can only be: nothing yet, or a
// slot number, which the reader checks against what it knows of that slot.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace farl::wire {

inline constexpr unsigned kCallQueueBits = 13;
inline constexpr uint64_t kCallQueueEntries = 1ull << kCallQueueBits;
inline constexpr size_t kEntryWords = 8;
inline constexpr uint64_t kCallQueueSize = kCallQueueEntries * kEntryWords * sizeof(uint64_t);

using Payload = std::array<uint64_t, kEntryWords - 1>;

struct CallMessage {
    uint32_t slot;
    Payload payload;
};

// `Words` has uint64_t read(uint64_t index), void write(uint64_t index, uint64_t word) and void will_write(uint64_t
// index), a hint; a read acquires, a write releases. `Bits` is the logarithm of the number of entries, `Size` how many
// words of payload go along.
template <typename Words, size_t Size, unsigned Bits = kCallQueueBits,
    template <typename> typename Atomic = std::atomic>
class CallQueueEnd {
public:
    static_assert(Size < kEntryWords);

    constexpr CallQueueEnd() = default;
    void initialise(Words words) { words_ = words; }

    void push(uint32_t slot, Payload const& payload)
    {
        auto position = position_.fetch_add(1, std::memory_order_relaxed);
        auto entry = index_of(position);
        for (size_t i = 0; i < Size; ++i)
            words_.write(entry + 1 + i, payload[i]);
        words_.write(entry, lap_of(position) << 32 | slot);
    }

    // Has the next entry brought here while there is time: the other side read it last.
    void prepare_push() { words_.will_write(index_of(position_.load(std::memory_order_relaxed))); }

    // Nothing if the next entry has not been written yet.
    std::optional<CallMessage> pop()
    {
        auto position = position_.load(std::memory_order_relaxed);
        for (;;) {
            auto entry = index_of(position);
            auto word = words_.read(entry);
            if (word >> 32 != lap_of(position)) {
                auto now = position_.load(std::memory_order_relaxed);
                if (now == position)
                    return {};
                position = now; // another reader was faster
                continue;
            }
            // If it is written anew meanwhile, the position has moved on, too.
            CallMessage message { static_cast<uint32_t>(word), {} };
            for (size_t i = 0; i < Size; ++i)
                message.payload[i] = words_.read(entry + 1 + i);
            if (position_.compare_exchange_weak(position, position + 1, std::memory_order_acq_rel))
                return message;
        }
    }

    // Whether there is an entry after `ahead` others.
    bool has_next(uint64_t ahead = 0) const
    {
        auto position = position_.load(std::memory_order_acquire) + ahead;
        return words_.read(index_of(position)) >> 32 == lap_of(position);
    }

    // How many have been pushed, or popped, at this end.
    uint64_t position() const { return position_.load(std::memory_order_acquire); }

private:
    // Never 0, which is what memory holds that nobody has written.
    static uint64_t lap_of(uint64_t position) { return static_cast<uint32_t>((position >> Bits) + 1); }
    static uint64_t index_of(uint64_t position) { return (position & ((1ull << Bits) - 1)) * kEntryWords; }

    alignas(64) Atomic<uint64_t> position_ { 0 };
    alignas(64) Words words_ {};
};

// What goes through the two queues.
inline constexpr size_t kRequestWords = 7;  // number and switches, six arguments
inline constexpr size_t kResponseWords = 2; // result, and how long the call took: ticks of the time-stamp counter

inline constexpr uint64_t kCallIsCancellable = 1ull << 32; // with the number
inline constexpr uint64_t kCallMayBlock = 1ull << 33;

} // namespace farl::wire
