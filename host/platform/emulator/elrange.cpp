#include "host/platform/emulator/elrange.h"

#include "host/platform/mapping.h"

#include <algorithm>
#include <cerrno>

namespace farl::host {

namespace {

constexpr int kReservation = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void* pointer(uint64_t address) { return reinterpret_cast<void*>(address); }

Errno last_error() { return static_cast<Errno>(errno); }

Result<> map_inaccessible(sgx::Range range, int placement)
{
    auto* mapped = mmap(pointer(range.address), range.size, PROT_NONE, kReservation | placement, -1, 0);
    if (mapped == MAP_FAILED)
        return last_error();
    // A kernel that does not know MAP_FIXED_NOREPLACE takes the address as a hint.
    if (mapped != pointer(range.address)) {
        munmap(mapped, range.size);
        return Errno::Eexist;
    }
    return {};
}

} // namespace

Result<ElRange> ElRange::reserve(sgx::Range range)
{
    auto const start = std::max(range.address, kLowestAddress);
    if (start >= range.end())
        return Errno::Einval;
    sgx::Range const usable { start, range.end() - start };
    TRY(map_inaccessible(usable, MAP_FIXED_NOREPLACE));
    return ElRange(usable);
}

ElRange::~ElRange()
{
    if (range_.size)
        munmap(pointer(range_.address), range_.size);
}

Result<> ElRange::protect(sgx::Range part, uint64_t permissions)
{
    if (mprotect(pointer(part.address), part.size, protection(permissions)))
        return last_error();
    return {};
}

Result<> ElRange::discard(sgx::Range part)
{
    if (madvise(reinterpret_cast<void*>(part.address), part.size, MADV_DONTNEED) != 0)
        return last_error();
    return {};
}

Result<> ElRange::adopt(sgx::Range part, void* memory, uint64_t permissions)
{
    bool const is_adopted = mprotect(memory, part.size, protection(permissions)) == 0
        && mremap(memory, part.size, part.size, MREMAP_MAYMOVE | MREMAP_FIXED, pointer(part.address)) != MAP_FAILED;
    if (is_adopted)
        return {};
    auto const error = last_error();
    munmap(memory, part.size);
    return error;
}

Result<> ElRange::release(sgx::Range part) { return map_inaccessible(part, MAP_FIXED); }

} // namespace farl::host
