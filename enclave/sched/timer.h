// Timer: a callback at a monotonic time. Lives in its owner; the scheduler holds it only while armed.
#pragma once

#include "base/pairing_heap.h"

#include <atomic>
#include <cstdint>

namespace farl {

inline constexpr uint64_t kNever = ~0ull;

struct Timer {
    using Callback = void (*)(Timer&);

    uint64_t deadline_ns { kNever };
    Callback callback { nullptr }; // runs on a carrier, without locks; must not park
    void* context { nullptr };
    HeapLink<Timer> link;
    std::atomic<bool> is_firing { false };
};

} // namespace farl
