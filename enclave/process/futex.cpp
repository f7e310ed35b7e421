#include "enclave/process/futex.h"

#include "enclave/memory/user_memory.h"
#include "enclave/process/thread.h"

namespace farl {

namespace {

constexpr uint32_t kWaitersBit = 0x8000'0000, kOwnerDied = 0x4000'0000, kTidMask = 0x3fff'ffff;

struct Waiter {
    Fiber* fiber;
    uint64_t address;
    uint32_t bitset;
    bool is_woken { false }; // under the bucket's lock
    struct Bucket* bucket { nullptr };
    ListLink link;
};

struct alignas(64) Bucket {
    Spinlock lock;
    IntrusiveList<Waiter, &Waiter::link> waiters;
};

constexpr size_t kBuckets = 1024;
constinit Bucket buckets[kBuckets];

Bucket& bucket_of(uint64_t address)
{
    auto hash = (address >> 2) * 0x9e3779b97f4a7c15ull;
    return buckets[hash >> (64 - 10)];
}

Result<uint32_t> load(uint64_t address)
{
    if (!is_aligned(address, 4))
        return Errno::Einval;
    uint32_t value;
    if (!is_user_range(address, 4) || farl_load_u32(address, &value) != 0)
        return Errno::Efault;
    return value;
}

// Before any lock: the word may lie in a page that nobody has used yet.
void bring_in(uint64_t address)
{
    if (auto* absent = absent_pages(); absent && is_user_range(address, sizeof(uint32_t)))
        absent->bring_in(address, sizeof(uint32_t));
}

// True if the exchange happened; `expected` then or else holds what was there.
Result<bool> exchange(uint64_t address, uint32_t& expected, uint32_t desired)
{
    auto before = expected;
    if (!is_user_range(address, 4) || farl_exchange_u32(address, &expected, desired) != 0)
        return Errno::Efault;
    return expected == before;
}

void wake(Bucket& bucket, Waiter& waiter)
{
    bucket.waiters.remove(waiter);
    // The waiter may be gone as soon as is_woken is seen under the lock, which we hold.
    waiter.is_woken = true;
    scheduler().unpark(*waiter.fiber);
}

uint64_t wake_in(Bucket& bucket, uint64_t address, uint64_t count, uint32_t bitset)
{
    uint64_t woken = 0;
    bucket.waiters.for_each([&](Waiter& waiter) {
        if (woken == count || waiter.address != address || !(waiter.bitset & bitset))
            return;
        wake(bucket, waiter);
        ++woken;
    });
    return woken;
}

class BucketPairLock {
public:
    BucketPairLock(Bucket& a, Bucket& b) : first_(&a < &b ? a : b), second_(&a < &b ? b : a)
    {
        first_.lock.lock();
        if (&first_ != &second_)
            second_.lock.lock();
    }
    ~BucketPairLock()
    {
        if (&first_ != &second_)
            second_.lock.unlock();
        first_.lock.unlock();
    }

private:
    Bucket& first_;
    Bucket& second_;
};

// A requeue may move the waiter to another bucket meanwhile: lock the one it is in.
Bucket& lock_bucket_of(Waiter& waiter)
{
    for (;;) {
        auto* bucket = __atomic_load_n(&waiter.bucket, __ATOMIC_ACQUIRE);
        bucket->lock.lock();
        if (bucket == __atomic_load_n(&waiter.bucket, __ATOMIC_ACQUIRE))
            return *bucket;
        bucket->lock.unlock();
    }
}

// Parks until woken; called with nothing held. The waiter is in no bucket afterwards.
Result<> sleep(Waiter& waiter, uint64_t deadline_ns)
{
    for (;;) {
        scheduler().park(deadline_ns);
        auto& bucket = lock_bucket_of(waiter);
        bool expired = deadline_ns != kNever && scheduler().now_ns() >= deadline_ns;
        bool interrupted = waiter.fiber->interrupt_requested.load();
        bool done = waiter.is_woken;
        if (!done && (expired || interrupted))
            bucket.waiters.remove(waiter);
        bucket.lock.unlock();
        if (done)
            return {};
        if (interrupted)
            return Errno::Eintr;
        if (expired)
            return Errno::Etimedout;
    }
}

} // namespace

Result<> futex_wait(uint64_t address, uint32_t expected, uint64_t deadline_ns, uint32_t bitset)
{
    if (!bitset)
        return Errno::Einval;
    bring_in(address);
    auto& fiber = *Carrier::current().fiber;
    auto& bucket = bucket_of(address);
    Waiter waiter { .fiber = &fiber, .address = address, .bitset = bitset, .bucket = &bucket };
    {
        LockGuard guard(bucket.lock);
        auto value = TRY(load(address));
        if (value != expected)
            return Errno::Eagain;
        if (fiber.interrupt_requested.load())
            return Errno::Eintr;
        if (deadline_ns != kNever && scheduler().now_ns() >= deadline_ns)
            return Errno::Etimedout;
        bucket.waiters.push_back(waiter);
    }
    return sleep(waiter, deadline_ns);
}

uint64_t futex_wake(uint64_t address, uint64_t count, uint32_t bitset)
{
    auto& bucket = bucket_of(address);
    LockGuard guard(bucket.lock);
    return wake_in(bucket, address, count, bitset);
}

Result<uint64_t> futex_requeue(
    uint64_t address, uint64_t wake_count, uint64_t move, uint64_t target, uint32_t const* expected)
{
    bring_in(address);
    auto& from = bucket_of(address);
    auto& to = bucket_of(target);
    BucketPairLock locks(from, to);
    auto value = TRY(load(address));
    if (expected && value != *expected)
        return Errno::Eagain;
    auto affected = wake_in(from, address, wake_count, kFutexBitsetAll);
    uint64_t moved = 0;
    from.waiters.for_each([&](Waiter& waiter) {
        if (moved == move || waiter.address != address || address == target)
            return;
        from.waiters.remove(waiter);
        waiter.address = target;
        __atomic_store_n(&waiter.bucket, &to, __ATOMIC_RELEASE);
        to.waiters.push_back(waiter);
        ++moved;
    });
    return affected + moved;
}

Result<uint64_t> futex_wake_operation(
    uint64_t address, uint64_t wake_count, uint64_t second, uint64_t wake_second, uint32_t operation)
{
    auto shift_operand = operation & 0x8000'0000;
    auto kind = (operation >> 28) & 7;
    auto comparison = (operation >> 24) & 15;
    auto operand = static_cast<int32_t>(operation << 8) >> 20;
    auto compared = static_cast<int32_t>(operation << 20) >> 20;
    if (shift_operand)
        operand = 1 << (operand & 31);

    bring_in(second);
    auto& from = bucket_of(address);
    auto& to = bucket_of(second);
    BucketPairLock locks(from, to);
    auto old = TRY(load(second));
    for (;;) {
        auto value = static_cast<uint32_t>(operand);
        uint32_t desired;
        switch (kind) {
        case 0:
            desired = value;
            break;
        case 1:
            desired = old + value;
            break;
        case 2:
            desired = old | value;
            break;
        case 3:
            desired = old & ~value;
            break;
        case 4:
            desired = old ^ value;
            break;
        default:
            return Errno::Enosys;
        }
        if (TRY(exchange(second, old, desired)))
            break;
    }
    auto before = static_cast<int32_t>(old);
    bool holds;
    switch (comparison) {
    case 0:
        holds = before == compared;
        break;
    case 1:
        holds = before != compared;
        break;
    case 2:
        holds = before < compared;
        break;
    case 3:
        holds = before <= compared;
        break;
    case 4:
        holds = before > compared;
        break;
    case 5:
        holds = before >= compared;
        break;
    default:
        return Errno::Enosys;
    }
    auto woken = wake_in(from, address, wake_count, kFutexBitsetAll);
    if (holds)
        woken += wake_in(to, second, wake_second, kFutexBitsetAll);
    return woken;
}

Result<> futex_lock_pi(uint64_t address, uint64_t deadline_ns, bool try_only)
{
    bring_in(address);
    auto& thread = Thread::current();
    auto tid = static_cast<uint32_t>(thread.tid());
    auto& bucket = bucket_of(address);
    for (;;) {
        Waiter waiter { .fiber = &thread.fiber(), .address = address, .bitset = kFutexBitsetAll, .bucket = &bucket };
        {
            LockGuard guard(bucket.lock);
            auto value = TRY(load(address));
            if ((value & kTidMask) == tid)
                return Errno::Edeadlk;
            if (!(value & kTidMask)) {
                if (TRY(exchange(address, value, (value & (kWaitersBit | kOwnerDied)) | tid)))
                    return {};
                continue;
            }
            if (try_only)
                return Errno::Eagain;
            if (!(value & kWaitersBit) && !TRY(exchange(address, value, value | kWaitersBit)))
                continue;
            bucket.waiters.push_back(waiter);
        }
        TRY(sleep(waiter, deadline_ns));
    }
}

Result<> futex_unlock_pi(uint64_t address)
{
    bring_in(address);
    auto tid = static_cast<uint32_t>(Thread::current().tid());
    auto& bucket = bucket_of(address);
    LockGuard guard(bucket.lock);
    auto value = TRY(load(address));
    if ((value & kTidMask) != tid)
        return Errno::Eperm;
    // Waiters take it from zero; the bit stays for those that will still wait.
    bool has_waiters = false;
    bool has_more = false;
    bucket.waiters.for_each([&](Waiter& waiter) {
        if (waiter.address == address)
            (has_waiters ? has_more : has_waiters) = true;
    });
    while (!TRY(exchange(address, value, has_more ? kWaitersBit : 0))) { }
    wake_in(bucket, address, 1, kFutexBitsetAll);
    return {};
}

namespace {

void abandon(uint64_t address, uint32_t tid)
{
    bring_in(address);
    auto value = load(address);
    if (value.is_error())
        return;
    auto seen = value.value();
    while ((seen & kTidMask) == tid) {
        auto done = exchange(address, seen, (seen & kWaitersBit) | kOwnerDied);
        if (done.is_error())
            return;
        if (done.value()) {
            if (seen & kWaitersBit)
                futex_wake(address, 1);
            return;
        }
    }
}

} // namespace

void abandon_robust_futexes(Thread& thread)
{
    constexpr int kMostEntries = 2048; // ROBUST_LIST_LIMIT: the list may be circular or damaged
    struct Head {
        uint64_t first;
        int64_t futex_offset;
        uint64_t pending;
    } head;
    if (!thread.robust_list || copy_from_user(&head, thread.robust_list, sizeof(head)).is_error())
        return;
    auto futex_of = [&](uint64_t entry) { return (entry & ~1ull) + static_cast<uint64_t>(head.futex_offset); };
    auto tid = static_cast<uint32_t>(thread.tid());
    auto entry = head.first;
    for (int i = 0; i < kMostEntries && (entry & ~1ull) != thread.robust_list; ++i) {
        uint64_t next;
        bool has_next = copy_from_user(&next, entry & ~1ull, sizeof(next)).is_ok();
        if (entry != head.pending)
            abandon(futex_of(entry), tid);
        if (!has_next)
            return;
        entry = next;
    }
    if (head.pending)
        abandon(futex_of(head.pending), tid);
}

} // namespace farl
