// HostArena: hands out pieces of the untrusted memory the launcher lends for the arguments of host calls.
// All bookkeeping is inside; what lies in the arena is the host's to read and to change at any moment.
#pragma once

#include "base/spinlock.h"
#include "base/vector.h"
#include "enclave/boundary/host_memory.h"

namespace farl {

class HostArena {
public:
    static constexpr size_t kSmallest = 64 * 1024;
    static constexpr size_t kLargest = 16 * 1024 * 1024;

    // The named check of what the launcher offers. Once, at start.
    Result<> initialise(uint64_t address, uint64_t size);

    // At least `size` bytes, page-aligned. ENOMEM if none is left, also for more than kLargest.
    Result<HostAddress> allocate(size_t size);
    void release(HostAddress address, size_t size);

private:
    static constexpr size_t kClasses = 9; // 64 KiB << index
    static size_t class_of(size_t size);

    Spinlock lock_;
    HostAddress base_;
    uint64_t size_ { 0 };
    uint64_t used_ { 0 };
    Vector<HostAddress> free_[kClasses];
};

HostArena& host_arena();

} // namespace farl
