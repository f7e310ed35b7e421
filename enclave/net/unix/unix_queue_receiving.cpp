// UnixQueue: receiving.
#include "enclave/net/unix/unix_queue.h"

#include <algorithm>

namespace farl {

// False at the end. An error comes before messages, and after what is left of a stream, as on Linux.
Result<bool> UnixQueue::wait_for_data(uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    for (;;) {
        bool comes_first = keeps_messages_ || !has_data();
        if (error_ && comes_first)
            return *std::exchange(error_, std::nullopt);
        if (has_data())
            return true;
        if (is_shut_)
            return false;
        if (!deadline_ns)
            return Errno::Eagain;
        auto waited = readers_.wait(lock_, deadline_ns);
        if (waited.is_error())
            return waited.error() == Errno::Etimedout ? Errno::Eagain : waited.error();
    }
}

// What comes along with a part of a stream comes with the first byte of it.
Owned<EnclosedMessage> UnixQueue::consume(size_t count, bool ends_message)
{
    LockGuard guard(lock_);
    bool had_much_room = has_much_room(limit_);
    Owned<EnclosedMessage> ended;
    if (ends_message) {
        ended = Owned<EnclosedMessage>(messages_.pop_front());
        --message_count_;
    }
    ring_.drop(count);
    taken_ += count;
    if (has_much_room(limit_)) {
        writers_.wake_all();
        if (!had_much_room || keeps_messages_)
            tell_senders(kPollOut | kPollWrNorm | kPollWrBand);
    }
    return ended;
}

// False if another reader took what was there. Of a message, what finds no place is lost. A stream is not read beyond
// a part that something came along with, nor beyond the next such part.
Result<bool> UnixQueue::take_some(Sink const& sink, size_t offset, bool peeks, Received& received)
{
    LockGuard reading(reading_);
    size_t begin, available;
    EnclosedMessage* first; // stays there: only readers take it
    uint64_t taken;
    {
        LockGuard guard(lock_);
        if (!has_data())
            return false;
        begin = ring_.begin();
        first = messages_.first();
        available = keeps_messages_ ? first->size : ring_.size();
        taken = taken_;
    }
    auto count = std::min(available, sink.size() - offset);
    bool reaches_first = first && (keeps_messages_ || first->begin < taken + count);
    if (reaches_first && !keeps_messages_)
        count = std::min(count, static_cast<size_t>(first->begin + first->size - taken));
    TRY(ring_.copy_out(begin, sink, offset, count));
    received.count = count;
    received.message_size = available;
    received.has_enclosure = reaches_first;
    if (peeks) {
        if (reaches_first)
            received.enclosure = TRY(first->enclosure.copy());
        return true;
    }
    auto message = consume(keeps_messages_ ? available : count, reaches_first);
    if (message)
        std::swap(received.enclosure, message->enclosure);
    return true;
}

Result<UnixQueue::Received> UnixQueue::receive(Sink const& sink, size_t offset, ReceiveTerms const& terms)
{
    Received received;
    while (TRY(wait_for_data(terms.deadline_ns)))
        if (TRY(take_some(sink, offset, terms.peeks, received)))
            break;
    return received;
}

} // namespace farl
