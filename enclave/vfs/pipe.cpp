#include "enclave/vfs/pipe.h"

#include <fcntl.h>
#include <sys/ioctl.h>

namespace farl {

namespace {

constexpr uint64_t kLargestCapacity = 1024 * 1024; // /proc/sys/fs/pipe-max-size, as Linux starts with

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

} // namespace

Result<Ref<PipeQueue>> PipeQueue::create()
{
    auto* queue = new (std::nothrow) PipeQueue();
    if (!queue)
        return Errno::Enomem;
    auto created = adopt_ref(*queue);
    queue->bytes_ = static_cast<std::byte*>(::operator new(kDefaultCapacity, std::nothrow));
    if (!queue->bytes_)
        return Errno::Enomem;
    return created;
}

PipeQueue::~PipeQueue() { ::operator delete(bytes_); }

void PipeQueue::attach(PipeEnd& end)
{
    LockGuard guard(lock_);
    (end.is_writable() ? writer_ : reader_) = &end;
}

// The other end learns that nobody is left: end of file, or EPIPE.
void PipeQueue::detach(PipeEnd& end)
{
    LockGuard guard(lock_);
    bool was_writer = &end == writer_;
    (was_writer ? writer_ : reader_) = nullptr;
    readers_.wake_all();
    writers_.wake_all();
    if (was_writer)
        tell_readers(kPollHup | kPollIn | kPollRdNorm);
    else
        tell_writers(kPollErr | kPollOut | kPollWrNorm);
}

// An end detaches under lock_ before it goes, so with lock_ held it is there.
void PipeQueue::tell_readers(uint32_t events)
{
    if (reader_)
        reader_->readiness().notify(events);
}

void PipeQueue::tell_writers(uint32_t events)
{
    if (writer_)
        writer_->readiness().notify(events);
}

// ---- reading

// EAGAIN stands for an empty queue that may yet be filled.
Result<> PipeQueue::wait_for_data(bool waits)
{
    LockGuard guard(lock_);
    while (!size_ && writer_) {
        if (!waits)
            return Errno::Eagain;
        TRY(readers_.wait(lock_));
    }
    return {};
}

Result<size_t> PipeQueue::read_some(Sink const& sink, bool takes)
{
    LockGuard reading(reading_);
    size_t start, count;
    {
        LockGuard guard(lock_);
        start = start_;
        count = smaller(size_, sink.size());
    }
    if (!count)
        return 0;
    auto first = smaller(count, capacity_ - start);
    TRY(sink.copy_from(0, bytes_ + start, first));
    TRY(sink.copy_from(first, bytes_, count - first));
    if (!takes)
        return count;

    LockGuard guard(lock_);
    bool was_full = capacity_ - size_ < kAtomicWrite;
    start_ = (start + count) % capacity_;
    size_ -= count;
    writers_.wake_all();
    if (was_full && capacity_ - size_ >= kAtomicWrite)
        tell_writers(kPollOut | kPollWrNorm);
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
        if (!size_ && !writer_)
            return 0;
    }
}

// ---- writing

Result<> PipeQueue::wait_for_room(size_t room, bool waits)
{
    LockGuard guard(lock_);
    while (reader_ && capacity_ - size_ < room) {
        if (!waits)
            return Errno::Eagain;
        TRY(writers_.wait(lock_));
    }
    if (!reader_)
        return Errno::Epipe;
    return {};
}

// Nothing if another writer took the room meanwhile.
Result<size_t> PipeQueue::write_some(Source const& source, size_t offset, size_t least)
{
    LockGuard writing(writing_);
    size_t end, count;
    {
        LockGuard guard(lock_);
        end = (start_ + size_) % capacity_;
        count = smaller(capacity_ - size_, source.size() - offset);
    }
    if (count < least)
        return 0;
    auto first = smaller(count, capacity_ - end);
    TRY(source.copy_to(offset, bytes_ + end, first));
    TRY(source.copy_to(offset + first, bytes_, count - first));

    LockGuard guard(lock_);
    size_ += count;
    readers_.wake_all();
    tell_readers(kPollIn | kPollRdNorm);
    return count;
}

Result<size_t> PipeQueue::write_all(Source const& source, bool waits)
{
    size_t done = 0;
    auto least = source.size() <= kAtomicWrite ? source.size() : 1;
    while (done < source.size()) {
        auto room = wait_for_room(least, waits);
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

uint32_t PipeQueue::reader_events()
{
    LockGuard guard(lock_);
    return (size_ ? kPollIn | kPollRdNorm : 0) | (writer_ ? 0 : kPollHup);
}

uint32_t PipeQueue::writer_events()
{
    LockGuard guard(lock_);
    return (capacity_ - size_ >= kAtomicWrite ? kPollOut | kPollWrNorm : 0) | (reader_ ? 0 : kPollErr);
}

size_t PipeQueue::size()
{
    LockGuard guard(lock_);
    return size_;
}

size_t PipeQueue::capacity()
{
    LockGuard guard(lock_);
    return capacity_;
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
    auto* larger = static_cast<std::byte*>(::operator new(rounded, std::nothrow));
    if (!larger)
        return Errno::Enomem;
    LockGuard reading(reading_);
    LockGuard writing(writing_);
    {
        LockGuard guard(lock_);
        if (size_ <= rounded) {
            auto first = smaller(size_, capacity_ - start_);
            __builtin_memcpy(larger, bytes_ + start_, first);
            __builtin_memcpy(larger + first, bytes_, size_ - first);
            std::swap(bytes_, larger);
            capacity_ = rounded;
            start_ = 0;
            writers_.wake_all();
        } else {
            rounded = 0;
        }
    }
    ::operator delete(larger);
    if (!rounded)
        return Errno::Ebusy;
    return rounded;
}

// ---- the ends

PipeEnd::PipeEnd(Ref<PipeQueue> queue, uint32_t status_flags) : File(status_flags), queue_(std::move(queue))
{
    queue_->attach(*this);
}

PipeEnd::~PipeEnd() { queue_->detach(*this); }

Result<struct stat> PipeEnd::status()
{
    auto status = anonymous_status(S_IFIFO | 0600);
    status.st_ino = reinterpret_cast<uint64_t>(queue_.get()) >> 4; // both ends are one pipe
    return status;
}

Result<uint64_t> PipeEnd::control(uint64_t request, uint64_t argument)
{
    if (request != FIONREAD)
        return Errno::Enotty;
    TRY(UserOut<int> { argument }.write(static_cast<int>(queue_->size())));
    return 0;
}

Result<Pipe> make_pipe(uint32_t status_flags)
{
    auto queue = TRY(PipeQueue::create());
    auto reader = TRY(make_ref<PipeEnd>(queue, O_RDONLY | status_flags));
    auto writer = TRY(make_ref<PipeEnd>(queue, O_WRONLY | status_flags));
    return Pipe { std::move(reader), std::move(writer) };
}

} // namespace farl
