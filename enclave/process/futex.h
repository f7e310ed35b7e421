// futex(2): waiting on a word of the application's memory. One process, so the address is the key; waiting and waking
// never leave the enclave.
#pragma once

#include "base/result.h"

#include <cstdint>

namespace farl {

class Thread;
inline constexpr uint32_t kFutexBitsetAll = 0xffff'ffff;

// EAGAIN if the word is not `expected`, ETIMEDOUT, EINTR, EFAULT.
Result<> futex_wait(uint64_t address, uint32_t expected, uint64_t deadline_ns, uint32_t bitset = kFutexBitsetAll);
uint64_t futex_wake(uint64_t address, uint64_t count, uint32_t bitset = kFutexBitsetAll);
// Wakes `wake`, moves up to `move` others to `target`. With `expected`, EAGAIN if the word differs. The number of both.
Result<uint64_t> futex_requeue(
    uint64_t address, uint64_t wake, uint64_t move, uint64_t target, uint32_t const* expected);
// FUTEX_WAKE_OP: the operation as encoded by FUTEX_OP().
Result<uint64_t> futex_wake_operation(
    uint64_t address, uint64_t wake, uint64_t second, uint64_t wake_second, uint32_t operation);

// Priority-inheritance futexes, without priorities: the protocol of the word is Linux's.
Result<> futex_lock_pi(uint64_t address, uint64_t deadline_ns, bool try_only);
Result<> futex_unlock_pi(uint64_t address);

// Marks the futexes a thread dies with as FUTEX_OWNER_DIED, and wakes one waiter each (set_robust_list(2)).
void abandon_robust_futexes(Thread& thread);

} // namespace farl
