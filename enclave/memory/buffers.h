// Source and Sink: the bytes a call takes from, or gives to, the application, in one piece or scattered (iovec).
// Every copy may fault and says EFAULT then; memory of the runtime can stand behind them too.
#pragma once

#include "enclave/boundary/host_memory.h"
#include "enclave/memory/user_memory.h"

#include <span>

namespace farl {

struct Segment {
    uint64_t address { 0 };
    size_t size { 0 };
};

class Segments {
public:
    Segments(uint64_t address, size_t size) : single_ { address, size }, size_(size) { }
    // The list has been copied in and checked: see read_iovec. It must outlive this object.
    explicit Segments(std::span<Segment const> list);

    size_t size() const { return size_; }
    // Only the first bytes count from now on.
    void shorten_to(size_t size) { size_ = size < size_ ? size : size_; }

protected:
    // Calls body(address, size) for each contiguous piece of [offset, offset + size).
    template <typename Body>
    Result<> for_each_piece(size_t offset, size_t size, Body&& body) const
    {
        auto list = list_.empty() ? std::span<Segment const>(&single_, 1) : list_;
        for (auto const& segment : list) {
            if (!size)
                break;
            if (offset >= segment.size) {
                offset -= segment.size;
                continue;
            }
            auto length = segment.size - offset < size ? segment.size - offset : size;
            TRY(body(segment.address + offset, length));
            size -= length;
            offset = 0;
        }
        ASSERT(size == 0);
        return {};
    }

    Segment single_ {};
    std::span<Segment const> list_;
    size_t size_ { 0 };
};

class Source : public Segments {
public:
    using Segments::Segments;
    static Source of(void const* bytes, size_t size) { return { reinterpret_cast<uint64_t>(bytes), size }; }

    Result<> copy_to(size_t offset, void* to, size_t size) const;
    Result<> copy_to_host(size_t offset, HostAddress to, size_t size) const;
    // How much of [offset, offset + size) can be read now, up to the first page that cannot.
    size_t accessible_size(size_t offset, size_t size) const;
};

class Sink : public Segments {
public:
    using Segments::Segments;
    static Sink of(void* bytes, size_t size) { return { reinterpret_cast<uint64_t>(bytes), size }; }

    Result<> copy_from(size_t offset, void const* from, size_t size) const;
    Result<> copy_from_host(size_t offset, HostAddress from, size_t size) const;
    Result<> fill_zero(size_t offset, size_t size) const;
    // The same up to the first byte that would fault, for calls that end there as read(2) does; EFAULT if it is the
    // first.
    Result<size_t> copy_prefix(size_t offset, void const* from, size_t size) const;
    Result<size_t> copy_prefix_from_host(size_t offset, HostAddress from, size_t size) const;
    Result<size_t> fill_zero_prefix(size_t offset, size_t size) const;
};

// [address, address + size) of the application as one piece; EFAULT if it leaves the application's range.
Result<Source> user_source(UserBytes bytes, size_t size);
Result<Sink> user_sink(UserBytes bytes, size_t size);

// readv(2): copies and checks an array of struct iovec. EINVAL for count or sum out of range.
Result<Vector<Segment>> read_iovec(uint64_t user, int64_t count);

// The most one call transfers, as Linux: MAX_RW_COUNT.
inline constexpr size_t kMostTransfer = 0x7ffff000;
constexpr size_t at_most_one_transfer(size_t size) { return size < kMostTransfer ? size : kMostTransfer; }

} // namespace farl
