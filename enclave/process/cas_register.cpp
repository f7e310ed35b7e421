#include "enclave/process/cas_register.h"

#include "abi/formats/admission.h"
#include "abi/formats/volume_keeping.h"

namespace farl {

namespace {

constexpr uint64_t kMillisecond = 1'000'000, kSecond = 1'000 * kMillisecond;
constexpr uint64_t kFirstPause_ns = 50 * kMillisecond, kLongestPause_ns = kSecond;
constexpr uint64_t kOneAttempt_ns = 10 * kSecond;

uint64_t earlier(uint64_t one, uint64_t other) { return one < other ? one : other; }

void pause_until(uint64_t time_ns)
{
    while (scheduler().now_ns() < time_ns)
        (void)scheduler().park(time_ns);
}

Result<uint64_t> lease_in(std::span<std::byte const> answer)
{
    if (!formats::is_denial(answer))
        return TRY(formats::parse_kept(answer)) * kSecond;
    auto const reason = TRY(formats::parse_denial(answer)).reason;
    return reason == "lease-lost" || reason == "older-state" ? Errno::Eacces : Errno::Eio;
}

Result<Vector<std::byte>> request_for(
    std::string_view service, std::string_view volume, VolumeState const& state, bool is_last)
{
    formats::KeepRequest request {
        .service = service, .volume = volume, .sequence = state.sequence, .tag = state.tag, .is_last = is_last
    };
    Vector<std::byte> block;
    TRY(block.resize(formats::keep_request_size(request)));
    formats::write_keep_request(block.span(), request);
    return block;
}

} // namespace

Result<uint64_t> CasRegister::keep(
    std::string_view volume, VolumeState const& state, bool is_last, uint64_t deadline_ns)
{
    auto const block = TRY(request_for(cas_.service(), volume, state, is_last));
    LockGuard guard(lock_);
    for (auto pause_ns = kFirstPause_ns;; pause_ns = earlier(2 * pause_ns, kLongestPause_ns)) {
        auto const now_ns = scheduler().now_ns();
        if (now_ns >= deadline_ns)
            return Errno::Etimedout;
        auto answer = cas_.ask(block.span(), earlier(now_ns + kOneAttempt_ns, deadline_ns));
        auto lease = answer.is_ok() ? lease_in(answer.value().bytes()) : answer.error();
        if (lease.is_ok() || lease.error() == Errno::Eacces || lease.error() == Errno::Enotconn)
            return lease;
        pause_until(earlier(scheduler().now_ns() + pause_ns, deadline_ns));
    }
}

} // namespace farl
