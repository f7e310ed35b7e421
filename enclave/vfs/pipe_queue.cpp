#include "enclave/vfs/pipe_queue.h"

namespace farl {

namespace {

constexpr uint64_t kLargestCapacity = 1024 * 1024; // /proc/sys/fs/pipe-max-size, as Linux starts with

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

} // namespace

Result<Ref<PipeQueue>> PipeQueue::create(bool keeps_packets)
{
    auto* queue = new (std::nothrow) PipeQueue(keeps_packets);
    if (!queue)
        return Errno::Enomem;
    auto created = adopt_ref(*queue);
    TRY(ByteRing::create(kDefaultCapacity)).swap(queue->ring_);
    return created;
}

// ---- who uses it

void PipeQueue::attach(PipeUser& user)
{
    LockGuard guard(lock_);
    user.readers_before = reader_count_;
    user.writers_before = writer_count_;
    if (user.reads) {
        reading_.push_back(user);
        ++reader_count_;
    }
    if (user.writes) {
        writing_.push_back(user);
        ++writer_count_;
    }
    openers_.wake_all();
}

// The others learn that nobody is left: end of file, or EPIPE.
void PipeQueue::detach(PipeUser& user)
{
    LockGuard guard(lock_);
    if (user.reads)
        reading_.remove(user);
    if (user.writes)
        writing_.remove(user);
    readers_.wake_all();
    writers_.wake_all();
    if (user.writes && writing_.is_empty())
        tell_readers(kPollHup | kPollIn | kPollRdNorm);
    if (user.reads && reading_.is_empty())
        tell_writers(kPollErr | kPollOut | kPollWrNorm);
    if (reading_.is_empty() && writing_.is_empty()) {
        ring_.drop(ring_.size());
        packet_count_ = 0;
    }
}

Result<> PipeQueue::wait_for_others(PipeUser const& user, bool waits)
{
    if (user.reads == user.writes)
        return {};
    LockGuard guard(lock_);
    if (!waits)
        return user.writes && reading_.is_empty() ? Errno::Enxio : Result<> {};
    auto nobody_came = [&] {
        return user.reads ? writing_.is_empty() && writer_count_ == user.writers_before
                          : reading_.is_empty() && reader_count_ == user.readers_before;
    };
    while (nobody_came())
        TRY(openers_.wait(lock_));
    return {};
}

// A user detaches under lock_ before it goes, so with lock_ held it is there.
void PipeQueue::tell_readers(uint32_t events)
{
    reading_.for_each([&](PipeUser& user) { user.readiness->notify(events); });
}

void PipeQueue::tell_writers(uint32_t events)
{
    writing_.for_each([&](PipeUser& user) { user.readiness->notify(events); });
}

// ---- reading

// EAGAIN stands for an empty queue that may yet be filled.
Result<> PipeQueue::wait_for_data(bool waits)
{
    LockGuard guard(lock_);
    while (!ring_.size() && !writing_.is_empty()) {
        if (!waits)
            return Errno::Eagain;
        TRY(readers_.wait(lock_));
    }
    return {};
}

size_t PipeQueue::packet_size(size_t start)
{
    auto low = static_cast<size_t>(ring_[start]);
    auto high = static_cast<size_t>(ring_[ring_.after(start, 1)]);
    return low | high << 8;
}

void PipeQueue::consume(size_t count)
{
    LockGuard guard(lock_);
    bool was_full = ring_.room() < kAtomicWrite;
    ring_.drop(count);
    packet_count_ -= keeps_packets_;
    writers_.wake_all();
    if (was_full && ring_.room() >= kAtomicWrite)
        tell_writers(kPollOut | kPollWrNorm);
}

// Of a packet, what finds no place is lost.
Result<size_t> PipeQueue::read_some(Sink const& sink, bool takes)
{
    LockGuard reading(read_mutex_);
    size_t start, filled;
    {
        LockGuard guard(lock_);
        start = ring_.begin();
        filled = ring_.size();
    }
    if (!filled)
        return 0;
    auto available = keeps_packets_ ? packet_size(start) : filled;
    auto count = smaller(available, sink.size());
    TRY(ring_.copy_out(ring_.after(start, header_size()), sink, 0, count));
    if (takes)
        consume(keeps_packets_ ? header_size() + available : count);
    return count;
}

Result<size_t> PipeQueue::read(Sink const& sink, bool waits) { return read_with(sink, waits, true); }

Result<size_t> PipeQueue::peek(Sink const& sink, bool waits) { return read_with(sink, waits, false); }

Result<size_t> PipeQueue::read_with(Sink const& sink, bool waits, bool takes)
{
    if (!sink.size())
        return 0;
    for (;;) {
        TRY(wait_for_data(waits));
        auto count = TRY(read_some(sink, takes));
        if (count)
            return count;
        LockGuard guard(lock_);
        if (!ring_.size() && writing_.is_empty())
            return 0;
    }
}

// ---- writing

Result<> PipeQueue::wait_for_room(size_t room, bool waits)
{
    LockGuard guard(lock_);
    while (!reading_.is_empty() && ring_.room() < room) {
        if (!waits)
            return Errno::Eagain;
        TRY(writers_.wait(lock_));
    }
    if (reading_.is_empty())
        return Errno::Epipe;
    return {};
}

// As Linux, which fills page after page: what comes before the first page that would fault.
Result<size_t> PipeQueue::writable_part(Source const& source, size_t offset, size_t wanted)
{
    if (wanted <= kAtomicWrite)
        return wanted;
    auto accessible = source.accessible_size(offset, wanted);
    auto count = accessible < wanted ? accessible / kAtomicWrite * kAtomicWrite : wanted;
    return count ? Result<size_t>(count) : Errno::Efault;
}

// Nothing if another writer took the room meanwhile.
Result<size_t> PipeQueue::write_some(Source const& source, size_t offset, size_t least)
{
    LockGuard writing(write_mutex_);
    size_t end, room;
    {
        LockGuard guard(lock_);
        end = ring_.end();
        room = ring_.room();
    }
    if (room < least + header_size())
        return 0;
    auto count = TRY(writable_part(source, offset, smaller(room - header_size(), source.size() - offset)));
    if (keeps_packets_) {
        count = least;
        ring_[end] = static_cast<std::byte>(count);
        ring_[ring_.after(end, 1)] = static_cast<std::byte>(count >> 8);
    }
    TRY(ring_.copy_in(ring_.after(end, header_size()), source, offset, count));

    LockGuard guard(lock_);
    ring_.add(header_size() + count);
    packet_count_ += keeps_packets_;
    readers_.wake_all();
    tell_readers(kPollIn | kPollRdNorm);
    return count;
}

Result<size_t> PipeQueue::write_all(Source const& source, bool waits)
{
    size_t done = 0;
    while (done < source.size()) {
        auto least = smaller(source.size() - done, kAtomicWrite);
        if (!keeps_packets_ && source.size() > kAtomicWrite)
            least = 1;
        auto room = wait_for_room(least + header_size(), waits);
        auto count = room.is_ok() ? write_some(source, done, least) : Result<size_t>(room.error());
        if (count.is_error())
            return done ? Result<size_t>(done) : count.error();
        done += count.value();
    }
    return done;
}

Result<size_t> PipeQueue::write(Source const& source, bool waits)
{
    if (!source.size())
        return 0;
    return write_all(source, waits);
}

// ---- state

// A reader that came when no writer had yet been there is not told that they went.
uint32_t PipeQueue::events(PipeUser const& user)
{
    LockGuard guard(lock_);
    uint32_t events = 0;
    if (user.reads) {
        bool has_ended = writing_.is_empty() && writer_count_ != user.writers_before;
        events |= (ring_.size() ? kPollIn | kPollRdNorm : 0) | (has_ended ? kPollHup : 0);
    }
    if (user.writes) {
        bool has_room = ring_.room() >= kAtomicWrite;
        events |= (has_room ? kPollOut | kPollWrNorm : 0) | (reading_.is_empty() ? kPollErr : 0);
    }
    return events;
}

size_t PipeQueue::size()
{
    LockGuard guard(lock_);
    return ring_.size() - packet_count_ * header_size();
}

size_t PipeQueue::capacity()
{
    LockGuard guard(lock_);
    return ring_.capacity();
}

Result<uint64_t> PipeQueue::set_capacity(uint64_t wanted)
{
    if (wanted > 1u << 31)
        return Errno::Einval;
    size_t rounded = kAtomicWrite;
    while (rounded < wanted)
        rounded *= 2;
    if (rounded > kLargestCapacity)
        return Errno::Eperm;
    auto other = TRY(ByteRing::create(rounded));
    LockGuard reading(read_mutex_);
    LockGuard writing(write_mutex_);
    if (ring_.size() > rounded) // with both held it does not change
        return Errno::Ebusy;
    ring_.copy_to(other);
    LockGuard guard(lock_);
    ring_.swap(other);
    writers_.wake_all();
    return rounded;
}

void PipeQueue::set_owner(uint32_t uid, uint32_t gid)
{
    LockGuard guard(lock_);
    uid_ = uid == ~0u ? uid_ : uid;
    gid_ = gid == ~0u ? gid_ : gid;
}

void PipeQueue::describe_owner(struct stat& status)
{
    LockGuard guard(lock_);
    status.st_uid = uid_;
    status.st_gid = gid_;
}

} // namespace farl
