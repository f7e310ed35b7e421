// ByteQueue: bytes on their way: appended at the end, taken from the front. An empty one keeps next to no memory, so
// that idle connections are small.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstring>
#include <span>

namespace farl {

class ByteQueue {
public:
    ByteQueue() = default;
    ~ByteQueue() { release(); }
    ByteQueue(ByteQueue const&) = delete;
    ByteQueue& operator=(ByteQueue const&) = delete;

    size_t size() const { return end_ - start_; }
    bool is_empty() const { return start_ == end_; }
    std::span<std::byte const> front() const { return { bytes_ + start_, size() }; }

    // Room for `size` bytes behind the last one; what the caller has filled of it is commit()ed. ENOMEM.
    Result<std::span<std::byte>> reserve(size_t size)
    {
        if (capacity_ - end_ < size)
            TRY(grow(size));
        return std::span(bytes_ + end_, size);
    }
    void commit(size_t size) { end_ += size; }
    Result<> append(std::span<std::byte const> bytes)
    {
        auto room = TRY(reserve(bytes.size()));
        if (!bytes.empty())
            std::memcpy(room.data(), bytes.data(), bytes.size());
        commit(bytes.size());
        return {};
    }
    void consume(size_t size)
    {
        start_ += size;
        if (start_ != end_)
            return;
        start_ = end_ = 0;
        if (capacity_ > kKept)
            release();
    }

private:
    static constexpr size_t kKept = 512;

    Result<> grow(size_t size)
    {
        auto count = this->size();
        if (count + size > capacity_) {
            auto capacity = count + size > 2 * capacity_ ? count + size : 2 * capacity_;
            auto* moved = static_cast<std::byte*>(::operator new(capacity, std::nothrow));
            if (!moved)
                return Errno::Enomem;
            if (count)
                std::memcpy(moved, bytes_ + start_, count);
            ::operator delete(bytes_);
            bytes_ = moved;
            capacity_ = capacity;
        } else {
            std::memmove(bytes_, bytes_ + start_, count);
        }
        start_ = 0;
        end_ = count;
        return {};
    }
    void release()
    {
        ::operator delete(bytes_);
        bytes_ = nullptr;
        capacity_ = 0;
    }

    std::byte* bytes_ { nullptr };
    size_t capacity_ { 0 };
    size_t start_ { 0 };
    size_t end_ { 0 };
};

} // namespace farl
