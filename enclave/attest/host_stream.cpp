#include "enclave/attest/host_stream.h"

#include "enclave/sched/scheduler.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

namespace farl {

namespace {

// How many are ready, by what the host says: 0 or 1.
Result<size_t> wait_for_events(int socket, short events, uint64_t deadline_ns, OnInterrupt policy)
{
    constexpr uint64_t kSecond = 1'000'000'000;
    auto now = scheduler().now_ns();
    if (now >= deadline_ns)
        return Errno::Etimedout;
    auto left = deadline_ns - now;
    Staging staging;
    auto waiting = TRY(staging.put_object(pollfd { socket, events, 0 }));
    auto timeout =
        TRY(staging.put_object(timespec { static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond) }));
    std::array<uint64_t, 6> const arguments { waiting.value(), 1, timeout.value() };
    auto ready = checked_count(host_call_blocking(SYS_ppoll, arguments, policy), 1);
    bool is_cut_short = ready.is_error() && ready.error() == Errno::Eintr && policy == OnInterrupt::Finish;
    if (is_cut_short)
        return size_t { 0 };
    return ready;
}

} // namespace

Result<> wait_until_ready(int socket, short events, uint64_t deadline_ns)
{
    while (!TRY(wait_for_events(socket, events, deadline_ns, OnInterrupt::Finish))) { }
    return {};
}

// HOST: whether it is ready is a claim. If not, the transfer says so, and it is asked again, until the deadline.
Result<> HostStream::wait_for(short events)
{
    auto policy = attend_ ? OnInterrupt::Restart : OnInterrupt::Finish;
    auto waited = wait_for_events(socket_.number(), events, deadline_ns_, policy);
    if (waited.is_ok())
        return {};
    if (waited.error() != Errno::Eintr)
        return waited.error();
    attend_();
    return {};
}

template <typename Transfer>
Result<size_t> HostStream::when_ready(short events, Transfer const& transfer)
{
    for (;;) {
        TRY(wait_for(events));
        auto count = transfer();
        if (count.is_ok() || count.error() != Errno::Eagain)
            return count;
    }
}

Result<size_t> HostStream::receive(std::span<std::byte> bytes)
{
    Staging staging;
    auto room = TRY(staging.reserve(bytes.size()));
    auto count = TRY(when_ready(POLLIN, [&] {
        return checked_count(
            host_call(SYS_recvfrom, socket_.number(), room.value(), bytes.size(), MSG_DONTWAIT, 0, 0), bytes.size());
    }));
    host_copy_in(bytes.data(), room, count);
    return count;
}

Result<> HostStream::send(std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        Staging staging;
        auto staged = TRY(staging.put(bytes.data(), bytes.size()));
        auto transfer = [&] {
            auto flags = MSG_DONTWAIT | MSG_NOSIGNAL;
            return checked_count(
                host_call(SYS_sendto, socket_.number(), staged.value(), bytes.size(), flags, 0, 0), bytes.size());
        };
        auto sent = transfer(); // as a rule there is room
        if (sent.is_error() && sent.error() == Errno::Eagain)
            sent = when_ready(POLLOUT, transfer);
        bytes = bytes.subspan(TRY(std::move(sent)));
    }
    return {};
}

} // namespace farl
