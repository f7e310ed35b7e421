#include "enclave/syscall/polling.h"

#include "enclave/hostcall/delaying.h"
#include "enclave/process/temporary_mask.h"
#include "enclave/syscall/deadline.h"
#include "enclave/vfs/epoll.h"
#include "enclave/vfs/poll.h"

#include <poll.h>

namespace farl {

namespace {

uint64_t deadline_after_ms(int timeout_ms)
{
    return timeout_ms < 0 ? kNever : deadline_after(static_cast<uint64_t>(timeout_ms) * 1'000'000);
}

// ---- poll

constexpr size_t kFewEntries = 8; // these live on the stack

class PollList {
public:
    Result<> create(size_t count)
    {
        count_ = count;
        return count > kFewEntries ? many_.resize(count) : Result<> {};
    }
    std::span<PollEntry> entries() { return count_ > kFewEntries ? many_.span() : std::span<PollEntry>(few_, count_); }

private:
    PollEntry few_[kFewEntries];
    Vector<PollEntry> many_;
    size_t count_ { 0 };
};

void fill(Thread& caller, PollEntry& entry, int number, uint32_t wanted)
{
    entry.wanted = wanted;
    if (number < 0)
        return;
    auto file = caller.file(number);
    if (file.is_error())
        entry.found = kPollNval;
    else
        entry.file = file.release_value();
}

Result<int> poll_user_entries(Thread& caller, UserBytes user_entries, unsigned count, uint64_t deadline_ns)
{
    if (count > static_cast<unsigned>(caller.process().descriptors.limit()))
        return Errno::Einval;
    PollList list;
    TRY(list.create(count));
    auto entries = list.entries();
    UserIn<pollfd> given { user_entries.address };
    for (size_t i = 0; i < count; ++i) {
        auto entry = TRY(given.read(i));
        fill(caller, entries[i], entry.fd, static_cast<uint16_t>(entry.events));
    }
    auto ready = TRY(poll_files(entries, deadline_ns));
    for (size_t i = 0; i < count; ++i) {
        auto answer = given.address + i * sizeof(pollfd) + offsetof(pollfd, revents);
        TRY(UserOut<uint16_t> { answer }.write(static_cast<uint16_t>(entries[i].found)));
    }
    return static_cast<int>(ready);
}

// ---- select

// What cannot be polled, a descriptor opened with O_PATH, counts as ready.
constexpr uint32_t kReadable = kPollIn | kPollRdNorm | kPollRdBand | kPollHup | kPollErr | kPollNval;
constexpr uint32_t kWritable = kPollOut | kPollWrNorm | kPollWrBand | kPollErr | kPollNval;
constexpr uint32_t kSpecial = kPollPri | kPollNval;
constexpr uint32_t kSets[3] = { kReadable, kWritable, kSpecial };

// The three sets of select(2), copied in; an address of 0 is an empty set.
class DescriptorSets {
public:
    Result<> read(size_t count, uint64_t (&addresses)[3])
    {
        words_ = (count + 63) / 64;
        for (int i = 0; i < 3; ++i) {
            addresses_[i] = addresses[i];
            TRY(sets_[i].resize(words_));
            if (addresses[i] && words_)
                TRY(copy_from_user(sets_[i].data(), addresses[i], words_ * 8));
            if (count % 64)
                sets_[i][words_ - 1] &= (1ull << (count % 64)) - 1;
        }
        return {};
    }
    Result<> write() const
    {
        for (int i = 0; i < 3; ++i)
            if (addresses_[i] && words_)
                TRY(copy_to_user(addresses_[i], sets_[i].data(), words_ * 8));
        return {};
    }
    bool has(int set, size_t number) const { return sets_[set][number / 64] >> (number % 64) & 1; }
    void clear(int set, size_t number) { sets_[set][number / 64] &= ~(1ull << (number % 64)); }
    uint32_t wanted(size_t number) const
    {
        uint32_t events = 0;
        for (int i = 0; i < 3; ++i)
            events |= has(i, number) ? kSets[i] : 0;
        return events;
    }

private:
    size_t words_ { 0 };
    uint64_t addresses_[3] {};
    Vector<uint64_t> sets_[3];
};

// Leaves in the sets what is ready, and returns how many bits that is.
int keep_ready(DescriptorSets& sets, size_t number, uint32_t found)
{
    int bits = 0;
    for (int i = 0; i < 3; ++i) {
        if (!sets.has(i, number))
            continue;
        if (found & kSets[i])
            ++bits;
        else
            sets.clear(i, number);
    }
    return bits;
}

Result<size_t> fill_entries(Thread& caller, DescriptorSets const& sets, size_t count, PollList& list)
{
    size_t used = 0;
    for (size_t number = 0; number < count; ++number)
        used += sets.wanted(number) != 0;
    TRY(list.create(used));
    size_t index = 0;
    for (size_t number = 0; number < count; ++number) {
        auto wanted = sets.wanted(number);
        if (!wanted)
            continue;
        auto& entry = list.entries()[index++];
        TRY(caller.any_file(static_cast<int>(number)));
        fill(caller, entry, static_cast<int>(number), wanted);
    }
    return used;
}

Result<int> select_files(Thread& caller, int count, uint64_t (&addresses)[3], uint64_t deadline_ns)
{
    if (count < 0)
        return Errno::Einval;
    auto limit = static_cast<size_t>(caller.process().descriptors.limit());
    auto most = static_cast<size_t>(count) < limit ? static_cast<size_t>(count) : limit;
    DescriptorSets sets;
    TRY(sets.read(most, addresses));
    PollList list;
    TRY(fill_entries(caller, sets, most, list));
    TRY(poll_files(list.entries(), deadline_ns));
    int bits = 0;
    size_t index = 0;
    for (size_t number = 0; number < most; ++number)
        if (sets.wanted(number))
            bits += keep_ready(sets, number, list.entries()[index++].found);
    TRY(sets.write());
    return bits;
}

// ---- epoll

Result<Ref<Epoll>> epoll_of(Thread& caller, int fd)
{
    auto file = TRY(caller.file(fd));
    auto* epoll = file->as_epoll();
    if (!epoll)
        return Errno::Einval;
    return Ref<Epoll>(*epoll);
}

Result<size_t> wait_for_events(Thread& caller, int epfd, UserBytes events, int most, uint64_t deadline_ns)
{
    (void)TRY(caller.file(epfd));
    constexpr int kMostEvents = INT32_MAX / static_cast<int>(sizeof(epoll_event));
    if (most <= 0 || most > kMostEvents)
        return Errno::Einval;
    auto count = static_cast<size_t>(most);
    if (!is_user_range(events.address, count * sizeof(epoll_event)))
        return Errno::Efault;
    auto found = TRY(TRY(epoll_of(caller, epfd))->wait(events.address, count, deadline_ns));
    expect_calls(found);
    return found;
}

} // namespace

// poll(2)
Result<int> sys_poll(Thread& caller, UserBytes entries, unsigned count, int timeout_ms)
{
    return poll_user_entries(caller, entries, count, caller.first_deadline(deadline_after_ms(timeout_ms)));
}

// ppoll(2)
Result<int> sys_ppoll(
    Thread& caller, UserBytes entries, unsigned count, uint64_t timeout, uint64_t mask, size_t mask_size)
{
    auto deadline = TRY(read_timeout(timeout));
    TemporaryMask temporary(caller);
    TRY(temporary.apply(mask, mask_size));
    auto result = temporary.finish(poll_user_entries(caller, entries, count, deadline));
    TRY(write_time_left(timeout, deadline));
    return result;
}

// select(2)
Result<int> sys_select(
    Thread& caller, int count, uint64_t readable, uint64_t writable, uint64_t special, uint64_t timeout)
{
    auto deadline = TRY(read_timeout_us(timeout));
    uint64_t addresses[3] { readable, writable, special };
    auto result = select_files(caller, count, addresses, deadline);
    TRY(write_time_left_us(timeout, deadline));
    return result;
}

// pselect6(2): the last argument is the address of the mask's address and size.
Result<int> sys_pselect6(Thread& caller, int count, uint64_t readable, uint64_t writable, uint64_t special,
    uint64_t timeout, uint64_t mask_and_size)
{
    auto deadline = TRY(read_timeout(timeout));
    TemporaryMask temporary(caller);
    if (mask_and_size) {
        UserIn<uint64_t> pair { mask_and_size };
        TRY(temporary.apply(TRY(pair.read(0)), TRY(pair.read(1))));
    }
    uint64_t addresses[3] { readable, writable, special };
    auto result = temporary.finish(select_files(caller, count, addresses, deadline));
    TRY(write_time_left(timeout, deadline));
    return result;
}

// epoll_create(2)
Result<int> sys_epoll_create(Thread& caller, int size)
{
    if (size <= 0)
        return Errno::Einval;
    return sys_epoll_create1(caller, 0);
}

// epoll_create1(2)
Result<int> sys_epoll_create1(Thread& caller, int flags)
{
    if (flags & ~EPOLL_CLOEXEC)
        return Errno::Einval;
    return caller.process().descriptors.add(TRY(Epoll::create()), flags & EPOLL_CLOEXEC);
}

// epoll_ctl(2)
Result<> sys_epoll_ctl(Thread& caller, int epfd, int operation, int fd, uint64_t user_event)
{
    epoll_event event {};
    if (operation != EPOLL_CTL_DEL)
        event = TRY(UserIn<epoll_event> { user_event }.read());
    auto set = TRY(caller.file(epfd));
    auto file = TRY(caller.file(fd));
    auto* epoll = set->as_epoll();
    if (!file->can_be_polled())
        return Errno::Eperm;
    if (!epoll || set.get() == file.get())
        return Errno::Einval;
    switch (operation) {
    case EPOLL_CTL_ADD:
        return epoll->add(fd, *file, event);
    case EPOLL_CTL_MOD:
        return epoll->modify(fd, *file, event);
    case EPOLL_CTL_DEL:
        return epoll->remove(fd, *file);
    default:
        return Errno::Einval;
    }
}

// epoll_wait(2)
Result<size_t> sys_epoll_wait(Thread& caller, int epfd, UserBytes events, int most, int timeout_ms)
{
    return wait_for_events(caller, epfd, events, most, deadline_after_ms(timeout_ms));
}

// epoll_pwait(2)
Result<size_t> sys_epoll_pwait(
    Thread& caller, int epfd, UserBytes events, int most, int timeout_ms, uint64_t mask, size_t mask_size)
{
    TemporaryMask temporary(caller);
    TRY(temporary.apply(mask, mask_size));
    return temporary.finish(wait_for_events(caller, epfd, events, most, deadline_after_ms(timeout_ms)));
}

// epoll_pwait2(2)
Result<size_t> sys_epoll_pwait2(
    Thread& caller, int epfd, UserBytes events, int most, uint64_t timeout, uint64_t mask, size_t mask_size)
{
    auto deadline = TRY(read_timeout(timeout));
    TemporaryMask temporary(caller);
    TRY(temporary.apply(mask, mask_size));
    return temporary.finish(wait_for_events(caller, epfd, events, most, deadline));
}

} // namespace farl
