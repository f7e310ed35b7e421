#include "enclave/syscall/events.h"

#include "enclave/process/signal_file.h"
#include "enclave/time/runtime_clock.h"
#include "enclave/vfs/eventfd.h"
#include "enclave/vfs/pipe.h"
#include "enclave/vfs/timerfd.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

namespace farl {

namespace {

constexpr uint32_t kCommonFlags = O_NONBLOCK | O_CLOEXEC; // the same bits for all these calls

Result<int> add(Thread& caller, Ref<File> file, int flags)
{
    return caller.process().descriptors.add(std::move(file), flags & O_CLOEXEC);
}

uint32_t status_of(int flags) { return O_RDWR | (flags & O_NONBLOCK); }

constexpr uint64_t kSecond = 1'000'000'000;

Result<uint64_t> as_ns(timespec const& value)
{
    if (value.tv_sec < 0 || value.tv_nsec < 0 || value.tv_nsec >= static_cast<long>(kSecond))
        return Errno::Einval;
    constexpr int64_t kFarAway = 1ll << 33;
    auto seconds = static_cast<uint64_t>(value.tv_sec < kFarAway ? value.tv_sec : kFarAway);
    return seconds * kSecond + static_cast<uint64_t>(value.tv_nsec);
}

timespec as_timespec(uint64_t ns) { return { static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond) }; }

itimerspec as_itimerspec(TimerFile::Setting const& setting)
{
    return { as_timespec(setting.interval_ns), as_timespec(setting.value_ns) };
}

uint64_t no_offset() { return 0; }

Result<TimerFile::ClockOffset> clock_offset(int clock)
{
    switch (clock) {
    case CLOCK_MONOTONIC:
        return &no_offset;
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return &boottime_offset_ns;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
        return &realtime_offset_ns;
    default:
        return Errno::Einval;
    }
}

Result<Ref<TimerFile>> timer_of(Thread& caller, int fd)
{
    auto file = TRY(caller.file(fd));
    auto* timer = file->as_timer_file();
    if (!timer)
        return Errno::Einval;
    return Ref<TimerFile>(*timer);
}

} // namespace

// pipe(2)
Result<> sys_pipe(Thread& caller, UserOut<int> numbers) { return sys_pipe2(caller, numbers, 0); }

// pipe2(2)
Result<> sys_pipe2(Thread& caller, UserOut<int> numbers, int flags)
{
    if (flags & ~(static_cast<int>(kCommonFlags) | O_DIRECT))
        return Errno::Einval;
    auto pipe = TRY(make_pipe(static_cast<uint32_t>(flags & (O_NONBLOCK | O_DIRECT))));
    auto& descriptors = caller.process().descriptors;
    int both[2];
    both[0] = TRY(add(caller, std::move(pipe.reader), flags));
    auto second = add(caller, std::move(pipe.writer), flags);
    if (second.is_error()) {
        (void)descriptors.remove(both[0]);
        return second.error();
    }
    both[1] = second.value();
    auto written = copy_to_user(numbers.address, both, sizeof(both));
    if (written.is_error()) {
        (void)descriptors.remove(both[0]);
        (void)descriptors.remove(both[1]);
    }
    return written;
}

// eventfd(2)
Result<int> sys_eventfd(Thread& caller, unsigned initial) { return sys_eventfd2(caller, initial, 0); }

// eventfd2(2)
Result<int> sys_eventfd2(Thread& caller, unsigned initial, int flags)
{
    if (flags & ~(static_cast<int>(kCommonFlags) | EFD_SEMAPHORE))
        return Errno::Einval;
    return add(caller, TRY(make_ref<EventCounter>(initial, flags & EFD_SEMAPHORE, status_of(flags))), flags);
}

// timerfd_create(2)
Result<int> sys_timerfd_create(Thread& caller, int clock, int flags)
{
    if (flags & ~static_cast<int>(kCommonFlags))
        return Errno::Einval;
    return add(caller, TRY(make_ref<TimerFile>(TRY(clock_offset(clock)), status_of(flags))), flags);
}

// timerfd_settime(2)
Result<> sys_timerfd_settime(Thread& caller, int fd, int flags, UserIn<itimerspec> setting, UserOut<itimerspec> old)
{
    if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
        return Errno::Einval;
    auto wanted = TRY(setting.read());
    TimerFile::Setting ns { .value_ns = TRY(as_ns(wanted.it_value)), .interval_ns = TRY(as_ns(wanted.it_interval)) };
    auto before = TRY(timer_of(caller, fd))->set(ns, flags & TFD_TIMER_ABSTIME);
    return old ? old.write(as_itimerspec(before)) : Result<> {};
}

// timerfd_gettime(2)
Result<> sys_timerfd_gettime(Thread& caller, int fd, UserOut<itimerspec> setting)
{
    return setting.write(as_itimerspec(TRY(timer_of(caller, fd))->get()));
}

// signalfd(2)
Result<int> sys_signalfd(Thread& caller, int fd, UserIn<SignalSet> mask, size_t mask_size)
{
    return sys_signalfd4(caller, fd, mask, mask_size, 0);
}

// signalfd4(2)
Result<int> sys_signalfd4(Thread& caller, int fd, UserIn<SignalSet> mask, size_t mask_size, int flags)
{
    if (mask_size != sizeof(SignalSet))
        return Errno::Einval;
    auto set = TRY(mask.read());
    if (flags & ~static_cast<int>(kCommonFlags))
        return Errno::Einval;
    if (fd == -1)
        return add(caller, TRY(make_ref<SignalFile>(caller.process(), set, status_of(flags))), flags);
    auto file = TRY(caller.file(fd));
    auto* signals = file->as_signal_file();
    if (!signals)
        return Errno::Einval;
    signals->set_mask(set);
    return fd;
}

} // namespace farl
