#include "enclave/hostcall/staging.h"

#include "base/checked.h"
#include "enclave/sched/carrier.h"

namespace farl {

namespace {

Fiber& current_fiber() { return *Carrier::current().fiber; }

} // namespace

Staging::Staging() : used_before_(current_fiber().staging_used) { }

Staging::~Staging()
{
    current_fiber().staging_used = used_before_;
    for (size_t i = 0; i < piece_count_; ++i)
        host_arena().release(pieces_[i].address, pieces_[i].size);
}

Result<HostAddress> Staging::reserve(size_t size)
{
    auto& fiber = current_fiber();
    if (!fiber.staging)
        fiber.staging = TRY(host_arena().allocate(HostArena::kSmallest)).value();
    auto rounded = align_up<size_t>(size ? size : 1, 16);
    if (rounded <= HostArena::kSmallest - fiber.staging_used) {
        auto address = TRY(HostAddress::create(fiber.staging + fiber.staging_used, rounded));
        fiber.staging_used += rounded;
        return address;
    }
    if (piece_count_ == kMostPieces)
        return Errno::Enomem;
    auto address = TRY(host_arena().allocate(rounded));
    pieces_[piece_count_++] = { address, rounded };
    return address;
}

Result<HostAddress> Staging::put(void const* bytes, size_t size)
{
    auto address = TRY(reserve(size));
    host_copy_out(address, bytes, size);
    return address;
}

Result<HostAddress> Staging::put_string(std::string_view text)
{
    auto address = TRY(reserve(text.size() + 1));
    host_copy_out(address, text.data(), text.size());
    // The terminator shares a word with the tail: write that word once more, whole.
    uint64_t last = 0;
    auto whole = align_down<size_t>(text.size(), 8);
    __builtin_memcpy(&last, text.data() + whole, text.size() - whole);
    host_write_word(address + whole, last);
    return address;
}

Result<HostAddress> Staging::put(Source const& source, size_t offset, size_t size)
{
    auto address = TRY(reserve(size));
    TRY(source.copy_to_host(offset, address, size));
    return address;
}

} // namespace farl
