#include "enclave/memory/buffers.h"

#include <bit>

namespace farl {

namespace {

constexpr int64_t kMostSegments = 1024; // UIO_MAXIOV

// Where Linux's user addresses end. Between our end and that one nothing is ever mapped: a transfer that would reach
// there is cut, not refused.
constexpr uint64_t kLinuxUserEnd = (1ull << 47) - kPageSize;

Result<size_t> transfer_size(uint64_t address, size_t size)
{
    if (!size && address <= kLinuxUserEnd)
        return size;
    if (address > sgx::kApplicationEnd || size > kLinuxUserEnd - address)
        return Errno::Efault;
    auto reachable = sgx::kApplicationEnd - address;
    auto most = reachable < kMostTransfer ? reachable : kMostTransfer;
    auto taken = size < most ? size : most;
    if (auto* absent = absent_pages())
        absent->bring_in(address, taken);
    return taken;
}

Result<> as_result(uint64_t fault)
{
    if (fault)
        return Errno::Efault;
    return {};
}

} // namespace

Segments::Segments(std::span<Segment const> list) : list_(list)
{
    for (auto const& segment : list)
        size_ += segment.size;
}

Result<> Source::copy_to(size_t offset, void* to, size_t size) const
{
    auto target = reinterpret_cast<uint64_t>(to);
    return for_each_piece(offset, size, [&](uint64_t address, size_t length) {
        auto at = target;
        target += length;
        return as_result(farl_copy_bytes(at, address, length));
    });
}

Result<> Sink::copy_from(size_t offset, void const* from, size_t size) const
{
    auto source = reinterpret_cast<uint64_t>(from);
    return for_each_piece(offset, size, [&](uint64_t address, size_t length) {
        auto at = source;
        source += length;
        return as_result(farl_copy_bytes(address, at, length));
    });
}

Result<> Sink::fill_zero(size_t offset, size_t size) const
{
    return for_each_piece(
        offset, size, [&](uint64_t address, size_t length) { return as_result(farl_zero_bytes(address, length)); });
}

size_t Source::accessible_size(size_t offset, size_t size) const
{
    size_t accessible = 0;
    (void)for_each_piece(offset, size, [&](uint64_t address, size_t length) -> Result<> {
        auto end = address + length;
        while (address < end) {
            uint8_t byte;
            TRY(as_result(farl_copy_bytes(reinterpret_cast<uint64_t>(&byte), address, 1)));
            auto next = page_down(address) + kPageSize;
            auto part = (next < end ? next : end) - address;
            accessible += part, address += part;
        }
        return {};
    });
    return accessible;
}

// Pieces of any length meet host memory that wants whole words: what does not start on a word goes through a word of
// ours on the stack.
Result<> Source::copy_to_host(size_t offset, HostAddress to, size_t size) const
{
    uint64_t word = 0;
    size_t done = 0;
    TRY(for_each_piece(offset, size, [&](uint64_t address, size_t length) -> Result<> {
        while (length) {
            auto within = done % 8;
            if (within == 0 && length >= 8) {
                auto whole = length & ~7ull;
                TRY(host_copy_out_from_user(to + done, address, whole));
                done += whole, address += whole, length -= whole;
                continue;
            }
            auto part = 8 - within < length ? 8 - within : length;
            if (within == 0)
                word = 0;
            if (farl_copy_bytes(reinterpret_cast<uint64_t>(&word) + within, address, part) != 0)
                return Errno::Efault;
            host_write_word(to + (done - within), word);
            done += part, address += part, length -= part;
        }
        return {};
    }));
    return {};
}

Result<> Sink::copy_from_host(size_t offset, HostAddress from, size_t size) const
{
    uint64_t word = 0;
    size_t done = 0;
    return for_each_piece(offset, size, [&](uint64_t address, size_t length) -> Result<> {
        while (length) {
            auto within = done % 8;
            if (within == 0 && length >= 8) {
                auto whole = length & ~7ull;
                TRY(host_copy_in_to_user(address, from + done, whole));
                done += whole, address += whole, length -= whole;
                continue;
            }
            if (within == 0)
                word = host_read_word(from + done);
            auto part = 8 - within < length ? 8 - within : length;
            if (farl_copy_bytes(address, reinterpret_cast<uint64_t>(&word) + within, part) != 0)
                return Errno::Efault;
            done += part, address += part, length -= part;
        }
        return {};
    });
}

namespace {

// The most that `copy` can do without a fault; the ways to it have copied it.
template <typename Copy>
Result<size_t> longest_prefix(size_t size, Copy&& copy)
{
    if (copy(size).is_ok())
        return size;
    size_t done = 0;
    for (auto step = std::bit_floor(size); step; step /= 2)
        if (done + step < size && copy(done + step).is_ok())
            done += step;
    return done ? Result<size_t>(done) : Errno::Efault;
}

} // namespace

Result<size_t> Sink::copy_prefix(size_t offset, void const* from, size_t size) const
{
    return longest_prefix(size, [&](size_t part) { return copy_from(offset, from, part); });
}

Result<size_t> Sink::copy_prefix_from_host(size_t offset, HostAddress from, size_t size) const
{
    return longest_prefix(size, [&](size_t part) { return copy_from_host(offset, from, part); });
}

Result<size_t> Sink::fill_zero_prefix(size_t offset, size_t size) const
{
    return longest_prefix(size, [&](size_t part) { return fill_zero(offset, part); });
}

Result<Source> user_source(UserBytes bytes, size_t size)
{
    return Source(bytes.address, TRY(transfer_size(bytes.address, size)));
}

Result<Sink> user_sink(UserBytes bytes, size_t size)
{
    return Sink(bytes.address, TRY(transfer_size(bytes.address, size)));
}

Result<Vector<Segment>> read_iovec(uint64_t user, int64_t given_count)
{
    auto count = static_cast<uint32_t>(given_count); // the kernel looks no further either
    if (count > kMostSegments)
        return Errno::Einval;
    Vector<Segment> segments;
    if (!count)
        return segments;
    TRY(segments.resize(count));
    TRY(copy_from_user(segments.data(), user, segments.size() * sizeof(Segment)));
    size_t total = 0;
    for (auto& segment : segments) {
        if (static_cast<int64_t>(segment.size) < 0)
            return Errno::Einval;
        if (!is_user_range(segment.address, segment.size))
            return Errno::Efault;
        if (segment.size > kMostTransfer - total)
            segment.size = kMostTransfer - total;
        total += segment.size;
        if (auto* absent = absent_pages())
            absent->bring_in(segment.address, segment.size);
    }
    return segments;
}

} // namespace farl
