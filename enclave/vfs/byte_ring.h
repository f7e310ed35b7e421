// ByteRing: bytes on their way, of a pipe or a socket: first in, first out. It has no lock: whoever
// copies in or out keeps others from the places concerned, and says afterwards what was added or dropped.
#pragma once

#include "enclave/memory/buffers.h"

#include <utility>

namespace farl {

class ByteRing {
public:
    ByteRing() = default; // no room
    static Result<ByteRing> create(size_t capacity);
    ByteRing(ByteRing&& other) noexcept { swap(other); }
    ByteRing& operator=(ByteRing&&) = delete;
    ~ByteRing() { ::operator delete(bytes_); }

    size_t capacity() const { return capacity_; }
    size_t size() const { return size_; }
    size_t room() const { return capacity_ - size_; }
    // Places are indices: of the first byte, of the first free one, and of what is so far behind another.
    size_t begin() const { return start_; }
    size_t end() const { return size_ ? after(start_, size_) : start_; }
    size_t after(size_t place, size_t count) const { return (place + count) % capacity_; }
    std::byte& operator[](size_t place) { return bytes_[place]; }

    // Between a place and an offset of the other side.
    Result<> copy_out(size_t place, Sink const& sink, size_t offset, size_t count) const;
    Result<> copy_in(size_t place, Source const& source, size_t offset, size_t count);
    void add(size_t count) { size_ += count; }
    void drop(size_t count)
    {
        start_ = count ? after(start_, count) : start_;
        size_ -= count;
    }
    // The same bytes, in a ring that has room for them.
    void copy_to(ByteRing& empty) const;
    void swap(ByteRing& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        std::swap(capacity_, other.capacity_);
        std::swap(start_, other.start_);
        std::swap(size_, other.size_);
    }

private:
    size_t until_wrap(size_t place, size_t count) const;

    std::byte* bytes_ { nullptr };
    size_t capacity_ { 0 };
    size_t start_ { 0 };
    size_t size_ { 0 };
};

} // namespace farl
