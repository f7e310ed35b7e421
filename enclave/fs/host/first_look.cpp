#include "enclave/fs/host/first_look.h"

#include "abi/wire/hostcall.h"
#include "enclave/hostcall/channel.h"
#include "enclave/vfs/file.h"

#include <algorithm>

namespace farl {

namespace {

constexpr size_t kLargest = 32 * 1024;
constexpr int kMostTrust = 8, kEnoughTrust = 4; // a read gives 2
constexpr int64_t kNotMade = -static_cast<int64_t>(Errno::Eagain);

// How often the first bytes were read at once, of late, and how many.
constinit std::atomic<int> trust { 0 };
constinit std::atomic<size_t> usual_size { 0 };

// Each time costs some of the trust that a read gives back twice: so only a few files have bytes that nobody has read.
size_t spend_trust(uint64_t flags)
{
    if (!opens_only_to_read(flags) || trust.load(std::memory_order_relaxed) < kEnoughTrust)
        return 0;
    trust.fetch_sub(1, std::memory_order_relaxed);
    return usual_size.load(std::memory_order_relaxed);
}

void put_call(HostAddress where, uint64_t number, uint64_t first, uint64_t second)
{
    host_write(where, wire::BatchedCall { .number = number, .arguments = { 0, first, second }, .result = kNotMade });
}

HostAnswer answer_of(HostAddress call)
{
    return HostAnswer(static_cast<int64_t>(host_read_word(call + offsetof(wire::BatchedCall, result))));
}

} // namespace

Result<FirstLook> FirstLook::prepare(Staging& staging, uint64_t flags)
{
    FirstLook look;
    look.calls_ = TRY(staging.reserve(wire::kFollowUps * sizeof(wire::BatchedCall)));
    look.status_ = TRY(staging.reserve(sizeof(struct stat)));
    look.size_ = spend_trust(flags);
    put_call(look.calls_, SYS_fstat, look.status_.value(), 0);
    auto second = look.calls_ + sizeof(wire::BatchedCall);
    if (look.size_) {
        look.bytes_ = TRY(staging.reserve(look.size_));
        put_call(second, SYS_pread64, look.bytes_.value(), look.size_);
    } else {
        put_call(second, wire::kNoCall, 0, 0);
    }
    return look;
}

std::optional<struct stat> FirstLook::status() const
{
    return checked_status(answer_of(calls_)).is_ok() ? std::optional(host_read<struct stat>(status_)) : std::nullopt;
}

std::optional<FirstLook::Bytes> FirstLook::bytes() const
{
    if (!size_)
        return std::nullopt;
    auto count = checked_count(answer_of(calls_ + sizeof(wire::BatchedCall)), size_);
    Bytes found;
    if (count.is_error() || found.bytes.resize(count.value()).is_error())
        return std::nullopt;
    found.is_all = count.value() < size_;
    host_copy_in(found.bytes.data(), bytes_, count.value());
    return found;
}

void FirstLook::note_first_read(size_t size)
{
    trust.store(std::min(trust.load(std::memory_order_relaxed) + 2, kMostTrust), std::memory_order_relaxed);
    usual_size.store(std::min(size, kLargest), std::memory_order_relaxed);
}

// A call for nothing costs less than one more way out, but is to be rare.
void FirstLook::note_unread() { trust.store(0, std::memory_order_relaxed); }

} // namespace farl
