#include "enclave/process/async_signals.h"

#include "enclave/hostcall/channel.h"

#include <poll.h>

namespace farl {

namespace {

enum { Input = 1, Output = 2 }; // POLL_IN, POLL_OUT of sigaction(2)

SignalInfo info_of(AsyncSignal const& due, bool is_input)
{
    SignalInfo info;
    info.signal = due.owner().signal ? due.owner().signal : kSigIo;
    info.code = kSiKernel;
    if (!due.owner().signal)
        return info;
    info.code = is_input ? Input : Output;
    info.poll.band = is_input ? POLLIN | POLLRDNORM : POLLOUT | POLLWRNORM | POLLWRBAND;
    info.poll.descriptor = due.descriptor();
    return info;
}

void send(Process& process, AsyncSignal const& due, bool is_input)
{
    auto info = info_of(due, is_input);
    if (due.owner().type != F_OWNER_TID) {
        (void)process.send_signal(info);
        return;
    }
    if (auto target = process.find_thread(due.owner().id); target.is_ok())
        (void)process.send_signal_to(*target.value(), info);
}

} // namespace

Result<int> find_async_owner(Process& process, int type, int id)
{
    if (id == 0)
        return 0;
    if (type != F_OWNER_PGRP && process.find_thread(id).is_ok())
        return process.pid();
    if (type == F_OWNER_TID)
        return Errno::Esrch;
    // HOST: whether a process or group exists is its word.
    auto host_id = type == F_OWNER_PGRP ? -id : id;
    auto exists = checked_status(host_call(SYS_kill, host_id, 0));
    if (exists.is_error() && exists.error() != Errno::Eperm)
        return exists.error();
    return host_id;
}

void send_async_signals(Process& process)
{
    uint32_t events = 0;
    while (auto due = AsyncSignal::take_due(events)) {
        if (events & (kPollIn | kPollHup))
            send(process, *due, true);
        if (events & kPollOut)
            send(process, *due, false);
    }
}

} // namespace farl
