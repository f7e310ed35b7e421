#include "enclave/vfs/byte_ring.h"

#include <new>

namespace farl {

Result<ByteRing> ByteRing::create(size_t capacity)
{
    ByteRing ring;
    ring.bytes_ = static_cast<std::byte*>(::operator new(capacity, std::nothrow));
    if (!ring.bytes_)
        return Errno::Enomem;
    ring.capacity_ = capacity;
    return ring;
}

size_t ByteRing::until_wrap(size_t place, size_t count) const
{
    return count < capacity_ - place ? count : capacity_ - place;
}

Result<> ByteRing::copy_out(size_t place, Sink const& sink, size_t offset, size_t count) const
{
    auto first = until_wrap(place, count);
    TRY(sink.copy_from(offset, bytes_ + place, first));
    return sink.copy_from(offset + first, bytes_, count - first);
}

Result<> ByteRing::copy_in(size_t place, Source const& source, size_t offset, size_t count)
{
    auto first = until_wrap(place, count);
    TRY(source.copy_to(offset, bytes_ + place, first));
    return source.copy_to(offset + first, bytes_, count - first);
}

void ByteRing::copy_to(ByteRing& empty) const
{
    auto first = until_wrap(start_, size_);
    if (first)
        __builtin_memcpy(empty.bytes_, bytes_ + start_, first);
    if (size_ > first)
        __builtin_memcpy(empty.bytes_ + first, bytes_, size_ - first);
    empty.start_ = 0;
    empty.size_ = size_;
}

} // namespace farl
