// UnixQueue: its state, and sending. Receiving is in unix_queue_receiving.cpp.
#include "enclave/net/unix/unix_queue.h"

#include <algorithm>

namespace farl {

namespace {

constexpr uint32_t kWritable = kPollOut | kPollWrNorm | kPollWrBand;
constexpr uint32_t kReadable = kPollIn | kPollRdNorm;
constexpr uint32_t kEverything = kReadable | kWritable | kPollErr | kPollHup | kPollRdHup;

} // namespace

// ---- sending

bool UnixQueue::has_room(SendTerms const& terms) const
{
    return charge() < terms.limit && message_count_ < terms.most_messages;
}

Result<> UnixQueue::wait_for_room(SendTerms const& terms)
{
    LockGuard guard(lock_);
    while (!is_shut_ && !has_room(terms)) {
        if (!terms.deadline_ns)
            return Errno::Eagain;
        auto waited = writers_.wait(lock_, terms.deadline_ns);
        if (waited.is_error())
            return waited.error() == Errno::Etimedout ? Errno::Eagain : waited.error();
    }
    return is_shut_ ? why_shut() : Result<> {};
}

// With writing_ held. Idle sockets have no ring, and few need a large one. Returns the place of the first free byte.
Result<size_t> UnixQueue::make_room(size_t count)
{
    constexpr size_t kSmallest = 4096;
    LockGuard reading(reading_);
    auto capacity = std::max(ring_.capacity(), kSmallest);
    while (capacity < ring_.size() + count)
        capacity *= 2;
    auto larger = TRY(ByteRing::create(capacity));
    ring_.copy_to(larger);
    LockGuard guard(lock_);
    ring_.swap(larger);
    return ring_.end();
}

Result<> UnixQueue::add(size_t count, Owned<EnclosedMessage> message)
{
    LockGuard guard(lock_);
    if (is_shut_)
        return why_shut();
    if (message) {
        message->begin = taken_ + ring_.size();
        message->size = count;
        messages_.push_back(*message.release());
        ++message_count_;
    }
    ring_.add(count);
    readers_.wake_all();
    tell_reader(kReadable);
    return {};
}

// Nothing if another sender took the room meanwhile.
Result<std::optional<size_t>> UnixQueue::put(
    Source const& source, size_t offset, SendTerms const& terms, Enclosure& enclosure)
{
    LockGuard writing(writing_);
    size_t count = source.size() - offset;
    size_t end, room;
    {
        LockGuard guard(lock_);
        if (!has_room(terms))
            return std::optional<size_t> {};
        limit_ = terms.limit;
        if (!keeps_messages_)
            count = std::min(count, terms.limit - charge());
        room = ring_.room();
        end = ring_.end();
    }
    if (room < count)
        end = TRY(make_room(count));
    TRY(ring_.copy_in(end, source, offset, count));
    Owned<EnclosedMessage> message;
    if (keeps_messages_ || !enclosure.is_empty())
        message = TRY(enclose(enclosure));
    TRY(add(count, std::move(message)));
    return std::optional(count);
}

Result<size_t> UnixQueue::send(Source const& source, Enclosure& enclosure, SendTerms const& terms)
{
    size_t done = 0;
    while (done < source.size() || keeps_messages_) {
        auto room = wait_for_room(terms);
        auto sent = room.is_ok() ? put(source, done, terms, enclosure) : room.error();
        if (sent.is_error())
            return done ? Result<size_t>(done) : sent.error();
        done += sent.value().value_or(0);
        if (sent.value() && keeps_messages_)
            break;
    }
    return done;
}

// ---- state

// An end detaches under lock_ before it goes, so with lock_ held it is there.
void UnixQueue::tell_reader(uint32_t events)
{
    if (reader_)
        reader_->notify(events);
}

void UnixQueue::tell_senders(uint32_t events)
{
    senders_.for_each([&](Sender& sender) { sender.readiness->notify(events); });
}

void UnixQueue::attach(Sender& sender)
{
    LockGuard guard(lock_);
    senders_.push_back(sender);
}

void UnixQueue::detach(Sender& sender)
{
    LockGuard guard(lock_);
    if (sender.link.is_linked())
        senders_.remove(sender);
}

void UnixQueue::shut()
{
    LockGuard guard(lock_);
    is_shut_ = true;
    readers_.wake_all();
    writers_.wake_all();
    tell_reader(kEverything);
    tell_senders(kEverything);
}

void UnixQueue::fail(Errno error)
{
    LockGuard guard(lock_);
    error_ = error;
    readers_.wake_all();
    tell_reader(kEverything);
}

std::optional<Errno> UnixQueue::take_error()
{
    LockGuard guard(lock_);
    return std::exchange(error_, std::nullopt);
}

bool UnixQueue::close()
{
    EnclosedMessages left;
    bool had_data;
    {
        LockGuard reading(reading_); // a sender may be about to make room
        LockGuard guard(lock_);
        reader_ = nullptr;
        is_closed_ = is_shut_ = true;
        had_data = has_data();
        while (auto* message = messages_.pop_front())
            left.push_back(*message);
        message_count_ = 0;
        ring_.drop(ring_.size());
    }
    shut();
    discard_messages(left);
    return had_data;
}

uint32_t UnixQueue::reader_events()
{
    LockGuard guard(lock_);
    return (has_data() || is_shut_ ? kReadable : 0) | (is_shut_ ? kPollRdHup : 0) | (error_ ? kPollErr : 0);
}

bool UnixQueue::is_writable(size_t limit, size_t most_messages)
{
    LockGuard guard(lock_);
    return has_much_room(limit) && message_count_ < most_messages;
}

bool UnixQueue::is_shut()
{
    LockGuard guard(lock_);
    return is_shut_;
}

size_t UnixQueue::readable_size(bool counts_all)
{
    LockGuard guard(lock_);
    if (counts_all)
        return ring_.size();
    return messages_.is_empty() ? 0 : messages_.first()->size;
}

size_t UnixQueue::charged_size()
{
    LockGuard guard(lock_);
    return charge();
}

} // namespace farl
