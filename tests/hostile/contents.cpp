#include "tests/hostile/contents.h"

#include "abi/sgx/layout.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <net/if.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

namespace farl::host {

namespace {

constexpr uint64_t kLengths[] = { 101, 129, 257, 4096, INT_MAX, 1u << 31, UINT_MAX, 1ull << 40, INT64_MAX, 1ull << 63,
    UINT64_MAX, sgx::kRuntimeBase };
constexpr size_t kLengthCount = std::size(kLengths);

// The length of an address or an option, in the word that the last argument points to.
void forge_address_size(HostCall& call, size_t variant)
{
    if (call.argument(2))
        call.memory<uint32_t>(2) = static_cast<uint32_t>(kLengths[variant]);
}

void forge_option_size(HostCall& call, size_t variant)
{
    call.memory<uint32_t>(4) = static_cast<uint32_t>(kLengths[variant]);
}

void forge_name_size(HostCall& call, size_t variant)
{
    call.memory<msghdr>(1).msg_namelen = static_cast<uint32_t>(kLengths[variant]);
}

void forge_control_size(HostCall& call, size_t variant) { call.memory<msghdr>(1).msg_controllen = kLengths[variant]; }

// The message would be longer than the list, or no message at all.
void forge_message_size(HostCall& call, size_t variant)
{
    auto& header = call.memory<msghdr>(1);
    constexpr uint64_t kSizes[] = { 0, 1, 15, 17, 19, 21, 24, 255, 256, 257 };
    auto* message = static_cast<cmsghdr*>(header.msg_control);
    if (!header.msg_controllen)
        return;
    message->cmsg_len = variant < std::size(kSizes) ? kSizes[variant] : kLengths[variant - std::size(kSizes)];
    header.msg_controllen = variant % 2 ? header.msg_controllen : 256;
}

constexpr int kNumbers[] = { -1, 0, 1, 2, INT_MIN, INT_MAX, 1 << 20, (1 << 20) - 1, 100'000 };

// A list of descriptors that are in use, come twice, or cannot be.
void forge_passed_descriptors(HostCall& call, size_t variant)
{
    auto& header = call.memory<msghdr>(1);
    if (!header.msg_controllen)
        return;
    auto* message = static_cast<cmsghdr*>(header.msg_control);
    int first;
    memcpy(&first, CMSG_DATA(message), sizeof(first));
    int const second = variant < std::size(kNumbers) ? kNumbers[variant] : first;
    int const list[] = { variant % 2 ? second : first, second, second };
    memcpy(CMSG_DATA(message), list, sizeof(list));
    message->cmsg_len = CMSG_LEN(sizeof(list));
    header.msg_controllen = CMSG_SPACE(sizeof(list));
}

// The last record ends where the answer does.
void forge_record(HostCall& call, size_t variant)
{
    constexpr uint16_t kSizes[] = { 0, 1, 8, 16, 19, 20, 24, 25, 1024, 4096, 65528, 65535 };
    auto* record = &call.memory<dirent64>(1);
    if (call.slot->result <= 0)
        return;
    if (variant < std::size(kSizes))
        record->d_reclen = kSizes[variant];
    else if (variant == std::size(kSizes))
        memset(record->d_name, 'x', record->d_reclen - offsetof(dirent64, d_name));
    else if (variant == std::size(kSizes) + 1)
        memcpy(record->d_name, "../x", 5);
    else if (variant == std::size(kSizes) + 2)
        record->d_name[0] = 0;
    else
        memset(record, 0xFF, static_cast<size_t>(call.slot->result));
}

// Sizes and types that no file has, for whatever the runtime derives from them.
void forge_status(HostCall& call, size_t variant)
{
    auto& status = call.memory<struct stat>(call.is(SYS_fstat) ? 1 : 2);
    constexpr int64_t kSizes[] = { -1, INT64_MIN, INT64_MAX, -4096, 1ll << 40, 1 };
    if (variant < std::size(kSizes))
        status.st_size = kSizes[variant];
    else
        memset(static_cast<void*>(&status), variant % 2 ? 0xFF : 0x80, sizeof(status));
}

void forge_link(HostCall& call, size_t variant)
{
    auto* text = &call.memory<char>(2);
    memset(text, variant % 2 ? 0 : 'x', static_cast<size_t>(call.argument(3)));
    constexpr int64_t kSizes[] = { 4096, 4096, 0, 1, 4095, 4097 };
    call.slot->result = kSizes[variant];
}

void forge_poll(HostCall& call, size_t variant)
{
    auto* polled = &call.memory<pollfd>(0);
    for (uint64_t i = 0; i < call.argument(1); ++i) {
        polled[i].revents = variant % 2 ? -1 : static_cast<short>(0x2000 >> variant);
        polled[i].fd = variant % 3 ? polled[i].fd : INT_MAX;
    }
    constexpr int64_t kCounts[] = { 0, 1, 2 };
    call.slot->result = kCounts[variant % 3];
}

void forge_events(HostCall& call, size_t variant)
{
    auto* events = &call.memory<epoll_event>(1);
    auto true_key = call.slot->result > 0 ? events[0].data.u64 : 0;
    auto most = call.argument(2);
    uint64_t const keys[] = { true_key, true_key + 1, 0, UINT64_MAX, true_key | 1ull << 63, sgx::kRuntimeBase };
    for (uint64_t i = 0; i < most; ++i) {
        events[i].events = variant % 2 ? UINT_MAX : static_cast<uint32_t>(EPOLLIN | EPOLLPRI);
        events[i].data.u64 = keys[(variant + i) % std::size(keys)];
    }
    call.slot->result = static_cast<int64_t>(most);
}

void forge_interfaces(HostCall& call, size_t variant)
{
    if (call.argument(1) == 0x8912) // SIOCGIFCONF
        call.memory<ifconf>(2).ifc_len = static_cast<int>(kLengths[variant]);
}

void forge_watch_events(HostCall& call, size_t variant)
{
    if (call.slot->result <= 0)
        return;
    auto& event = call.memory<inotify_event>(1);
    constexpr uint32_t kSizes[] = { 1, 17, 4096, INT_MAX, UINT_MAX, UINT_MAX - 15 };
    if (variant < std::size(kSizes))
        event.len = kSizes[variant];
    else
        memset(event.name, 'x', event.len);
}

void forge_time(HostCall& call, size_t variant)
{
    constexpr int64_t kValues[] = { -1, INT64_MIN, INT64_MAX, 1'000'000'000, -1'000'000'000, 1ll << 40 };
    auto& time = call.memory<timespec>(1);
    (variant % 2 ? time.tv_sec : time.tv_nsec) = kValues[variant % std::size(kValues)];
}

void forge_filled(HostCall& call, size_t variant)
{
    auto size = call.is(SYS_getrusage) ? sizeof(rusage) : sizeof(utsname);
    memset(&call.memory<char>(call.is(SYS_uname) ? 0 : 1), variant ? 0xFF : 'x', size);
}

void forge_limit(HostCall& call, size_t variant)
{
    constexpr uint64_t kValues[] = { 0, UINT64_MAX, 1ull << 63, 1 };
    if (call.argument(1) == RLIMIT_NOFILE)
        return; // the host can refuse descriptors anyway
    auto* limit = &call.memory<uint64_t>(3);
    limit[0] = kValues[variant % 4], limit[1] = kValues[variant / 4 % 4];
}

// Samples of clocks that stand, go back, race, or make no sense.
void forge_clocks(HostCall& call, size_t variant)
{
    auto& sample = call.memory<wire::ClockSample>(0);
    constexpr int64_t kSteps[] = { -1'000'000'000, -1'000'000'000'000, 1'000'000'000'000, -1'000, 1ll << 62 };
    auto step = static_cast<uint64_t>(kSteps[variant % std::size(kSteps)]);
    switch (variant / std::size(kSteps)) {
    case 0:
        sample.monotonic_ns += step, sample.realtime_ns += step;
        break;
    case 1:
        sample.tsc_before += step, sample.tsc_after += step;
        break;
    case 2:
        std::swap(sample.tsc_before, sample.tsc_after);
        break;
    default:
        memset(&sample, variant % 2 ? 0xFF : 0, sizeof(sample));
    }
}

Forgery const kForgeries[] = {
    { "address_size", forge_address_size, kLengthCount, { SYS_accept4, SYS_getsockname, SYS_getpeername } },
    { "option_size", forge_option_size, kLengthCount, { SYS_getsockopt } },
    { "name_size", forge_name_size, kLengthCount, { SYS_recvmsg } },
    { "control_size", forge_control_size, kLengthCount, { SYS_recvmsg } },
    { "message_size", forge_message_size, kLengthCount + 10, { SYS_recvmsg } },
    { "passed_descriptors", forge_passed_descriptors, std::size(kNumbers) + 2, { SYS_recvmsg } },
    { "record", forge_record, 16, { SYS_getdents64 } },
    { "status", forge_status, 10, { SYS_fstat, SYS_newfstatat } },
    { "link", forge_link, 6, { SYS_readlinkat } },
    { "poll", forge_poll, 12, { SYS_poll, SYS_ppoll } },
    { "events", forge_events, 12, { SYS_epoll_wait, SYS_epoll_pwait2 } },
    { "interfaces", forge_interfaces, kLengthCount, { SYS_ioctl } },
    { "watch_events", forge_watch_events, 8, { SYS_read } },
    { "time", forge_time, 12, { SYS_clock_gettime } },
    { "filled", forge_filled, 2, { SYS_getrusage, SYS_uname } },
    { "limit", forge_limit, 16, { SYS_prlimit64 } },
    { "clocks", forge_clocks, 20, { static_cast<long>(wire::FarlCall::SampleClocks) } },
};

} // namespace

std::unique_ptr<Attack> ForgedContents::create(std::string const& name, bool from_start)
{
    auto const* found = std::find_if(
        std::begin(kForgeries), std::end(kForgeries), [&](Forgery const& forgery) { return name == forgery.name; });
    return found == std::end(kForgeries) ? nullptr : std::make_unique<ForgedContents>(*found, from_start);
}

void ForgedContents::after(HostCall& call)
{
    auto is_meant = [&](long number) { return call.is(number); };
    if (is_done() || call.slot->result < 0 || std::none_of(forgery_.calls.begin(), forgery_.calls.end(), is_meant))
        return;
    forgery_.forge(call, next_.fetch_add(1));
}

} // namespace farl::host
