#include "enclave/syscall/clocks.h"

#include "enclave/hostcall/channel.h"
#include "enclave/process/process.h"
#include "enclave/process/time_values.h"

namespace farl {

namespace {

// clock_getcpuclockid(3), pthread_getcpuclockid(3): the complement of a process's or thread's number, whether it is a
// thread's, and which time: of profiling, of the application alone, or all. The fourth kind is a device's clock.
constexpr int kKindMask = 3, kOfThread = 4, kOfAll = 2, kOfDevice = 3;

bool is_of_device(int clock) { return clock < 0 && (clock & (kKindMask | kOfThread)) == kOfDevice; }

Result<uint64_t> numbered_clock_ns(int clock)
{
    if ((clock & kKindMask) == kKindMask)
        return Errno::Einval;
    auto& process = Thread::current().process();
    auto id = ~(clock >> 3);
    bool is_known = clock & kOfThread ? id == 0 || process.find_thread(id).is_ok() : id == 0 || id == process.pid();
    if (!is_known)
        return Errno::Einval;
    return host_clock_ns(clock & kOfThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID);
}

} // namespace

// HOST: processor time is the host's word.
Result<uint64_t> host_clock_ns(int clock)
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(timespec)));
    TRY(checked_status(host_call(SYS_clock_gettime, clock, out.value())));
    return to_ns(host_read<timespec>(out));
}

Result<uint64_t> now_of(int clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
        return monotonic_ns() + realtime_offset_ns();
    case CLOCK_TAI:
        return monotonic_ns() + tai_offset_ns();
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
        return monotonic_ns();
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return boottime_ns();
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
        return host_clock_ns(clock);
    default:
        return clock < 0 ? numbered_clock_ns(clock) : Result<uint64_t>(Errno::Einval);
    }
}

// clock_getres(2). What nobody counts exactly is told with the resolution of a tick of 250 Hz.
uint64_t resolution_ns(int clock)
{
    bool is_coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    return is_coarse || (clock < 0 && (clock & kKindMask) != kOfAll) ? kCoarseResolution_ns : 1;
}

Result<> check_wakes(int clock)
{
    TRY(is_of_device(clock) ? Result<uint64_t>(Errno::Eopnotsupp) : now_of(clock));
    bool only_tells = clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_REALTIME_COARSE;
    return only_tells ? Errno::Eopnotsupp : Result<> {};
}

bool is_own_thread_time(int clock)
{
    auto id = ~(clock >> 3);
    return clock < 0 && (clock & kOfThread) && (id == 0 || id == Thread::current().tid());
}

Result<uint64_t> absolute_deadline(int clock, uint64_t ns)
{
    auto before = [ns](uint64_t offset) { return ns > offset ? ns - offset : 1; };
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
        return before(realtime_offset_ns());
    case CLOCK_TAI:
        return before(tai_offset_ns());
    case CLOCK_MONOTONIC:
        return before(0);
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return before(boottime_offset_ns());
    default: {
        auto spent = TRY(now_of(clock));
        return scheduler().now_ns() + (ns > spent ? ns - spent : 0);
    }
    }
}

} // namespace farl
