#include "enclave/process/signal_file.h"

#include <sys/signalfd.h>

namespace farl {

namespace {

signalfd_siginfo as_data(SignalInfo const& info)
{
    signalfd_siginfo data {};
    data.ssi_signo = static_cast<uint32_t>(info.signal);
    data.ssi_errno = info.error;
    data.ssi_code = info.code;
    if (info.code == kSiTimer) {
        data.ssi_tid = static_cast<uint32_t>(info.timer.timer_id);
        data.ssi_overrun = static_cast<uint32_t>(info.timer.overrun);
        data.ssi_ptr = info.timer.value;
        data.ssi_int = static_cast<int32_t>(info.timer.value);
        return data;
    }
    data.ssi_pid = static_cast<uint32_t>(info.sender.pid);
    data.ssi_uid = info.sender.uid;
    if (info.code == kSiQueue) {
        data.ssi_ptr = info.sender.value;
        data.ssi_int = static_cast<int32_t>(info.sender.value);
    }
    return data;
}

} // namespace

void SignalFile::set_mask(SignalSet mask)
{
    {
        LockGuard guard(process_.signal_lock);
        mask_ = mask & ~kUnblockable;
        process_.signalfd_waiters.wake_all();
    }
    process_.signalfd_ready.notify(kPollIn | kPollRdNorm);
}

// The thread's own signals come before those of the process.
Result<SignalInfo> SignalFile::take(bool waits)
{
    auto& thread = Thread::current();
    LockGuard guard(process_.signal_lock);
    SignalInfo info;
    while (!thread.pending.take(mask_, info) && !process_.pending.take(mask_, info)) {
        if (!waits)
            return Errno::Eagain;
        TRY(process_.signalfd_waiters.wait(process_.signal_lock));
    }
    process_.update_interrupt_request(thread);
    return info;
}

Result<size_t> SignalFile::read(Sink const& sink)
{
    size_t done = 0;
    if (sink.size() < sizeof(signalfd_siginfo))
        return Errno::Einval;
    while (sink.size() - done >= sizeof(signalfd_siginfo)) {
        auto info = take(!done && !is_nonblocking());
        if (info.is_error())
            return done ? Result<size_t>(done) : info.error();
        auto data = as_data(info.value());
        TRY(sink.copy_from(done, &data, sizeof(data)));
        done += sizeof(data);
    }
    return done;
}

uint32_t SignalFile::ready_events()
{
    auto& thread = Thread::current();
    LockGuard guard(process_.signal_lock);
    return (thread.pending.set() | process_.pending.set()) & mask_ ? kPollIn | kPollRdNorm : 0;
}

} // namespace farl
