#include "enclave/vfs/poll.h"

#include "enclave/hostcall/channel.h"

#include <time.h>

namespace farl {

namespace {

constexpr uint32_t kAlways = kPollErr | kPollHup;

uint32_t asked_for(PollEntry const& entry) { return entry.wanted | kAlways; }

} // namespace

PollEntry::~PollEntry()
{
    if (source_)
        source_->remove(*this);
}

void PollEntry::became_ready(uint32_t events)
{
    if (events & asked_for(*this))
        scheduler().kick(*fiber_);
}

class Poll {
public:
    explicit Poll(std::span<PollEntry> entries) : entries_(entries), fiber_(*Carrier::current().fiber) { }

    void observe();
    size_t look_inside();
    void choose_questions(bool looks_only);
    // One question to the host about all its descriptors; adds to `found`.
    Result<size_t> ask_host(uint64_t deadline_ns);
    bool needs_host() const { return outside_count_ > 0; }
    // Before the look, for all to see: a kick that comes after it must not be forgotten.
    void forget_kicks() { fiber_.kicked.exchange(false); }
    bool is_interrupted() const { return fiber_.interrupt_requested.load(); }

private:
    HostAnswer call(HostAddress staged, uint64_t deadline_ns) const;

    std::span<PollEntry> entries_;
    Fiber& fiber_;
    size_t outside_count_ { 0 };
};

void Poll::observe()
{
    for (auto& entry : entries_) {
        if (!entry.file)
            continue;
        if (auto* source = entry.file->ready_source()) {
            entry.fiber_ = &fiber_;
            entry.source_ = source;
            source->add(entry);
        }
    }
}

size_t Poll::look_inside()
{
    size_t count = 0;
    for (auto& entry : entries_) {
        if (entry.file && (entry.source_ || entry.file->host_descriptor() < 0))
            entry.found = entry.file->ready_events() & asked_for(entry);
        count += entry.found != 0;
    }
    return count;
}

// What is asked of the host may depend on what was found inside. Its hints are of no use for who does not look again.
void Poll::choose_questions(bool looks_only)
{
    outside_count_ = 0;
    for (auto& entry : entries_) {
        bool is_asked = entry.file && !(looks_only && entry.source_);
        entry.asked_outside_ = is_asked ? entry.file->host_interest(entry.wanted) : std::nullopt;
        outside_count_ += entry.asked_outside_.has_value();
    }
}

HostAnswer Poll::call(HostAddress staged, uint64_t deadline_ns) const
{
    if (deadline_ns == 0)
        return host_call(SYS_poll, staged.value(), outside_count_, 0);
    uint64_t timeout_address = 0;
    Staging staging;
    if (deadline_ns != kNever) {
        auto now = scheduler().now_ns();
        auto left = deadline_ns > now ? deadline_ns - now : 0;
        auto timeout = staging.put_object(
            timespec { static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000) });
        if (timeout.is_error())
            return HostAnswer(-static_cast<int64_t>(timeout.error()));
        timeout_address = timeout.value().value();
    }
    return host_call_blocking(
        SYS_ppoll, { staged.value(), outside_count_, timeout_address, 0, 8, 0 }, OnInterrupt::Return);
}

Result<size_t> Poll::ask_host(uint64_t deadline_ns)
{
    Staging staging;
    auto staged = TRY(staging.reserve(outside_count_ * 8));
    size_t index = 0;
    for (auto& entry : entries_) {
        if (!entry.asked_outside_)
            continue;
        // struct pollfd: descriptor, events, revents
        auto events = static_cast<uint64_t>(*entry.asked_outside_ & 0xffff);
        auto word = static_cast<uint32_t>(entry.file->host_descriptor()) | events << 32;
        host_write_word(staged + index++ * 8, word);
    }
    TRY(checked_count(call(staged, deadline_ns), outside_count_));
    index = 0;
    size_t count = 0;
    for (auto& entry : entries_) {
        if (!entry.asked_outside_)
            continue;
        auto word = host_read_word(staged + index++ * 8);
        if (entry.source_) { // only a hint to look inside
            entry.file->note_host_events(static_cast<uint32_t>(word >> 48));
            continue;
        }
        // HOST: whether something is ready is its word; nothing that was not asked for gets in.
        entry.found = static_cast<uint32_t>(word >> 48) & asked_for(entry);
        count += entry.found != 0;
    }
    return count;
}

Result<size_t> poll_files(std::span<PollEntry> entries, uint64_t deadline_ns)
{
    Poll poll(entries);
    poll.observe();
    for (;;) {
        poll.forget_kicks();
        auto count = poll.look_inside();
        bool looks_only = count || deadline_ns == 0 || poll.is_interrupted();
        poll.choose_questions(looks_only);
        if (poll.needs_host()) {
            auto outside = poll.ask_host(looks_only ? 0 : deadline_ns);
            if (outside.is_ok())
                count += outside.value();
            else if (outside.error() != Errno::Eintr)
                return outside.error();
        } else if (!looks_only) {
            scheduler().park(deadline_ns);
        }
        if (looks_only && !count && poll.is_interrupted())
            return Errno::Eintr;
        if (count || looks_only)
            return count;
        if (deadline_ns != kNever && scheduler().now_ns() >= deadline_ns)
            deadline_ns = 0;
    }
}

} // namespace farl
