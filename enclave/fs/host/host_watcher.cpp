#include "enclave/fs/host/host_watcher.h"

#include "enclave/fs/host/host_status.h"

#include <sys/inotify.h>

namespace farl {

namespace {

// HOST: programs walk the events by their lengths, so each must lie inside the answer.
bool are_events_honest(std::span<char const> events)
{
    inotify_event event;
    while (!events.empty()) {
        if (events.size() < sizeof(event))
            return false;
        __builtin_memcpy(&event, events.data(), sizeof(event));
        if (event.len > events.size() - sizeof(event))
            return false;
        auto name = events.subspan(sizeof(event), event.len);
        if (!name.empty() && name.back() != '\0')
            return false;
        events = events.subspan(sizeof(event) + event.len);
    }
    return true;
}

} // namespace

Result<Ref<File>> HostWatcher::create(bool nonblocking)
{
    auto flags = IN_CLOEXEC | (nonblocking ? IN_NONBLOCK : 0);
    auto descriptor = TRY(checked_descriptor(host_call(SYS_inotify_init1, flags)));
    auto* watcher = new (std::nothrow) HostWatcher(std::move(descriptor), nonblocking ? O_NONBLOCK : 0u, 0u, nullptr);
    if (!watcher)
        return Errno::Enomem;
    return adopt_ref<File>(*watcher);
}

Result<size_t> HostWatcher::read(Sink const& sink)
{
    constexpr size_t kMost = 32 * 1024;
    auto wanted = sink.size() < kMost ? sink.size() : kMost;
    Staging staging;
    auto buffer = TRY(staging.reserve(wanted));
    auto count = TRY(checked_count(transfer(SYS_read, buffer, wanted, 0), wanted));
    Vector<char> events;
    TRY(events.resize(count));
    host_copy_in(events.data(), buffer, count);
    if (!are_events_honest(events.span()))
        return host_lied("list of events of size", static_cast<int64_t>(count));
    TRY(sink.copy_from(0, events.data(), count));
    return count;
}

Result<uint64_t> HostWatcher::add(File& file, uint32_t mask)
{
    auto* target = file.as_host_file();
    if (!target)
        return Errno::Einval;
    Staging staging;
    auto link = TRY(put_descriptor_link(staging, target->host_descriptor()));
    // HOST: a number that only the host gives meaning to.
    return checked_number(host_call(
        SYS_inotify_add_watch, descriptor_.number(), link.value(), mask & ~static_cast<uint32_t>(IN_DONT_FOLLOW)));
}

Result<> HostWatcher::remove(int watch)
{
    return checked_status(host_call(SYS_inotify_rm_watch, descriptor_.number(), watch));
}

} // namespace farl
