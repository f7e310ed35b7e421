// Epoll: what is ready, and waiting for it. The set itself is in epoll.cpp.
#include "enclave/hostcall/delaying.h"
#include "enclave/vfs/epoll.h"

#include <algorithm>
#include <sys/poll.h>

namespace farl {

namespace {

constexpr size_t kBatch = 256;
constexpr size_t kMostFromHost = 1 << 16;

bool interrupt_requested() { return Carrier::current().fiber->interrupt_requested.load(); }

} // namespace

// ---- readiness of objects inside

void EpollEntry::became_ready(uint32_t happened)
{
    if (happened & wanted())
        epoll->queue(*this);
}

void Epoll::queue(EpollEntry& entry)
{
    {
        LockGuard guard(lock_);
        if (!entry.queue_link.is_linked()) {
            ready_.push_back(entry);
            ready_count_.fetch_add(1, std::memory_order_relaxed);
        }
        wake_one();
    }
    readiness_.notify(kPollIn | kPollRdNorm);
}

void Epoll::queue_if_ready(EpollEntry& entry)
{
    if (entry.file->ready_events() & entry.wanted())
        queue(entry);
}

void Epoll::wake_one()
{
    if (auto* waiter = waiters_.pop_front())
        scheduler().kick(*waiter->fiber);
}

// The first host descriptor came: who sleeps inside must look outside from now on.
void Epoll::kick_parked()
{
    LockGuard guard(lock_);
    while (!waiters_.is_empty())
        wake_one();
}

EpollEntry* Epoll::pop_ready()
{
    LockGuard guard(lock_);
    auto* entry = ready_.pop_front();
    if (entry)
        ready_count_.fetch_sub(1, std::memory_order_relaxed);
    return entry;
}

void Epoll::requeue(EpollEntry& entry)
{
    LockGuard guard(lock_);
    if (entry.queue_link.is_linked())
        return;
    ready_.push_back(entry);
    ready_count_.fetch_add(1, std::memory_order_relaxed);
}

// The next entries of the ready list will be looked at one by one: what they need of the host for that is asked for at
// once, with what the thread has delayed. Says how many they are.
size_t Epoll::look_ahead()
{
    constexpr size_t kMostAhead = 2 * CallBatch::kMost; // not all need anything
    Ref<File> held[kMostAhead];
    size_t count = 0;
    LockGuard control(control_);
    {
        LockGuard guard(lock_);
        for (auto* entry = ready_.first(); entry && count < kMostAhead; entry = ready_.next(*entry)) {
            if (entry->file->try_ref())
                held[count] = adopt_ref(*entry->file);
            ++count;
        }
    }
    CallBatch batch;
    if ((count < 2 && !has_delayed_calls()) || CallBatch::prepare(batch).is_error())
        return kMostAhead;
    add_delayed_calls(batch);
    for (size_t i = 0; i < count && !batch.is_full(); ++i)
        if (held[i])
            held[i]->look_ahead(batch);
    batch.run();
    return count;
}

// Looks at the first entry of the ready list. Says false if there is none; no events if it was not ready after all.
bool Epoll::take_event(epoll_event& event)
{
    Ref<File> held; // let go only after control_: the last reference takes the file out of this set
    LockGuard control(control_);
    auto* entry = pop_ready();
    if (!entry)
        return false;
    event.events = 0;
    if (!entry->file->try_ref())
        return true; // it is just being closed
    held = adopt_ref(*entry->file);
    auto events = entry->events.load(std::memory_order_relaxed);
    event.events = held->ready_events_since_hint() & entry->wanted();
    event.data.u64 = entry->data;
    if (!event.events)
        return true;
    if (events & EPOLLONESHOT)
        entry->disable();
    else if (!(events & EPOLLET))
        requeue(*entry);
    return true;
}

uint32_t Epoll::ready_events()
{
    for (auto rounds = ready_count_.load(std::memory_order_relaxed); rounds; --rounds) {
        Ref<File> held;
        LockGuard control(control_);
        auto* entry = pop_ready();
        if (!entry)
            break;
        if (!entry->file->try_ref())
            continue;
        held = adopt_ref(*entry->file);
        if (held->ready_events_since_hint() & entry->wanted()) {
            requeue(*entry);
            return kPollIn | kPollRdNorm;
        }
    }
    return host_count_.load(std::memory_order_relaxed) && host_has_events() ? kPollIn | kPollRdNorm : 0;
}

bool Epoll::host_has_events()
{
    Staging staging;
    auto staged = staging.put_object(pollfd { .fd = host_.number(), .events = POLLIN, .revents = 0 });
    if (staged.is_error())
        return false;
    // HOST: whether there are events is the host's to say anyway.
    auto count = checked_count(host_call(SYS_poll, staged.value().value(), 1, 0), 1);
    return count.is_ok() && count.value() == 1;
}

// ---- waiting

// Being among those who wait: an entry that becomes ready takes one out and kicks it.
class Epoll::Waiting {
public:
    explicit Waiting(Epoll& epoll) : epoll_(epoll), waiter_ { .fiber = Carrier::current().fiber, .link = {} }
    {
        waiter_.fiber->kicked.store(false, std::memory_order_relaxed);
        LockGuard guard(epoll_.lock_);
        epoll_.waiters_.push_back(waiter_);
    }
    // What was not collected is for the next one.
    ~Waiting()
    {
        LockGuard guard(epoll_.lock_);
        if (waiter_.link.is_linked())
            epoll_.waiters_.remove(waiter_);
        if (!epoll_.ready_.is_empty())
            epoll_.wake_one();
    }

private:
    Epoll& epoll_;
    Waiter waiter_;
};

Result<size_t> Epoll::collect_inside(uint64_t user_events, size_t most)
{
    size_t done = 0, ahead = 0;
    for (auto rounds = ready_count_.load(std::memory_order_relaxed); rounds && done < most; --rounds, --ahead) {
        if (!ahead)
            ahead = look_ahead();
        epoll_event event;
        if (!take_event(event))
            break;
        if (!event.events)
            continue;
        auto copied = copy_to_user(user_events + done * sizeof(event), &event, sizeof(event));
        if (copied.is_error()) {
            if (done)
                break;
            return copied.error();
        }
        ++done;
    }
    return done;
}

HostAnswer Epoll::ask_host(HostAddress buffer, size_t most, uint64_t deadline_ns)
{
    auto number = host_.number();
    if (deadline_ns == 0)
        return host_call(SYS_epoll_wait, number, buffer.value(), most, 0);
    auto call = [&](uint64_t which, uint64_t timeout) {
        return host_call_blocking(
            which, { static_cast<uint64_t>(number), buffer.value(), most, timeout, 0, 8 }, OnInterrupt::Return);
    };
    if (deadline_ns == kNever)
        return call(SYS_epoll_wait, ~0ull);
    auto now = scheduler().now_ns();
    auto left = deadline_ns > now ? deadline_ns - now : 0;
    Staging staging;
    auto timeout = staging.put_object(
        timespec { static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000) });
    if (timeout.is_error())
        return HostAnswer(-static_cast<int64_t>(timeout.error()));
    return call(SYS_epoll_pwait2, timeout.value().value());
}

Result<size_t> Epoll::collect_from_host(uint64_t user_events, size_t most, uint64_t deadline_ns)
{
    auto watched =
        std::max<size_t>(host_count_.load(std::memory_order_relaxed), 1); // another thread may have taken it out
    auto wanted_count = std::min({ most, kMostFromHost, watched });
    Staging staging;
    auto buffer = TRY(staging.reserve(wanted_count * sizeof(epoll_event)));
    auto count = TRY(checked_count(ask_host(buffer, wanted_count, deadline_ns), wanted_count));
    size_t reported = 0;
    for (size_t done = 0; done < count; done += kBatch) {
        epoll_event events[kBatch];
        auto batch = std::min(count - done, kBatch);
        host_copy_in(events, buffer + done * sizeof(epoll_event), batch * sizeof(epoll_event));
        auto known = translate(events, batch);
        TRY(copy_to_user(user_events + reported * sizeof(epoll_event), events, known * sizeof(epoll_event)));
        reported += known;
    }
    return reported;
}

// HOST: `data` is a key of ours only if we know it: one that is not, or not any more, is passed over. Events that
// were not asked for are dropped, and what was to be reported once is not reported again. What is also an object
// inside is only looked at again.
size_t Epoll::translate(epoll_event* events, size_t count)
{
    size_t reported = 0;
    LockGuard guard(lock_);
    for (size_t i = 0; i < count; ++i) {
        auto* entry = find_key(events[i].data.u64);
        if (!entry)
            continue;
        if (entry->source) {
            entry->file->note_host_events(events[i].events);
            if (!entry->queue_link.is_linked()) {
                ready_.push_back(*entry);
                ready_count_.fetch_add(1, std::memory_order_relaxed);
            }
            continue;
        }
        auto found = events[i].events & entry->wanted();
        if (!found)
            continue;
        if (entry->events.load(std::memory_order_relaxed) & EPOLLONESHOT)
            entry->disable();
        events[reported].data.u64 = entry->data;
        events[reported++].events = found;
    }
    return reported;
}

// One look at everything, and one wait if nothing is ready and the deadline allows.
Result<size_t> Epoll::wait_once(uint64_t user_events, size_t most, uint64_t deadline_ns)
{
    Waiting waiting(*this);
    auto count = TRY(collect_inside(user_events, most));
    make_delayed_calls();
    if (host_count_.load(std::memory_order_relaxed)) {
        if (count == most)
            return count;
        auto rest = user_events + count * sizeof(epoll_event);
        auto outside = collect_from_host(rest, most - count, count ? 0 : deadline_ns);
        if (outside.is_error() && (outside.error() != Errno::Eintr || count))
            return count ? Result<size_t>(count) : outside.error();
        count += outside.is_ok() ? outside.value() : 0;
    } else if (!count && deadline_ns && !interrupt_requested()) {
        scheduler().park(deadline_ns);
    }
    return count;
}

Result<size_t> Epoll::wait(uint64_t user_events, size_t most, uint64_t deadline_ns)
{
    for (;;) {
        auto count = TRY(wait_once(user_events, most, deadline_ns));
        if (count)
            return count;
        if (deadline_ns == 0 && !ready_count_.load(std::memory_order_relaxed))
            return 0;
        if (interrupt_requested()) {
            // Events that are there come first.
            auto last = TRY(wait_once(user_events, most, 0));
            if (last)
                return last;
            return Errno::Eintr;
        }
        if (deadline_ns != kNever && scheduler().now_ns() >= deadline_ns) {
            if (!ready_count_.load(std::memory_order_relaxed))
                return 0;
            deadline_ns = 0;
        }
    }
}

} // namespace farl
