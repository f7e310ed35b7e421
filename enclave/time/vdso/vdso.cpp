// The vDSO that programs in an enclave get: time without a system call, from the data page before the first page.
// Clocks it does not know, and time after the deadline, are system calls. vdso(7); names and version are Linux's.
#include "enclave/time/vvar.h"

using namespace farl;

namespace {

struct Timespec {
    int64_t seconds;
    int64_t nanoseconds;
};

struct Timeval {
    int64_t seconds;
    int64_t microseconds;
};

struct Timezone {
    int minutes_west;
    int dst;
};

constexpr uint64_t kSecond_ns = 1'000'000'000;
constexpr long kGettimeofday = 96;
constexpr long kTime = 201;
constexpr long kClockGettime = 228;
constexpr long kClockGetres = 229;
constexpr long kGetcpu = 309;

enum class Resolution { Fine, Coarse, Unknown };

struct Clock {
    Resolution resolution;
    uint64_t ClockParameters::*offset;
};

// linux/time.h; what is missing (processor time, alarms, descriptors) is not told from the counter.
inline Clock clock_of(int id)
{
    switch (id) {
    case 0: // CLOCK_REALTIME
        return { Resolution::Fine, &ClockParameters::realtime_offset_ns };
    case 1: // CLOCK_MONOTONIC
    case 4: // CLOCK_MONOTONIC_RAW
        return { Resolution::Fine, nullptr };
    case 5: // CLOCK_REALTIME_COARSE
        return { Resolution::Coarse, &ClockParameters::realtime_offset_ns };
    case 6: // CLOCK_MONOTONIC_COARSE
        return { Resolution::Coarse, nullptr };
    case 7: // CLOCK_BOOTTIME
        return { Resolution::Fine, &ClockParameters::boottime_offset_ns };
    case 11: // CLOCK_TAI
        return { Resolution::Fine, &ClockParameters::tai_offset_ns };
    default:
        return { Resolution::Unknown, nullptr };
    }
}

extern "C" char const __ehdr_start[] __attribute__((visibility("hidden")));

inline Vvar const& vvar_page()
{
    auto page = __ehdr_start;
    asm("" : "+r"(page)); // the page is another object to the compiler
    return *reinterpret_cast<Vvar const*>(page - kVvarPageSize);
}

// Straight into the runtime, as a stub goes (docs/formats/patch-table.md): this code needs no patching to be quick.
template <long Number>
inline long system_call(long first, long second, long third = 0)
{
    long result;
    asm volatile("movl %[number], %%eax; leaq 1f(%%rip), %%rcx; jmpq *%%gs:8; 1:"
                 : "=&a"(result)
                 : [number] "i"(Number), "D"(first), "S"(second), "d"(third)
                 : "rcx", "r11", "memory");
    return result;
}

template <typename T>
inline long word(T* pointer)
{
    return reinterpret_cast<long>(pointer);
}

inline bool read_realtime(uint64_t& now_ns)
{
    ClockReading reading;
    if (!read_clock(vvar_page(), &ClockParameters::realtime_offset_ns, reading))
        return false;
    now_ns = reading.monotonic_ns + reading.offset_ns;
    return true;
}

} // namespace

extern "C" {

int __vdso_clock_gettime(int id, Timespec* time)
{
    auto clock = clock_of(id);
    ClockReading reading;
    if (clock.resolution == Resolution::Unknown || !read_clock(vvar_page(), clock.offset, reading))
        return static_cast<int>(system_call<kClockGettime>(id, word(time)));
    auto now = reading.monotonic_ns + reading.offset_ns;
    if (clock.resolution == Resolution::Coarse)
        now -= now % kCoarseResolution_ns;
    time->seconds = static_cast<int64_t>(now / kSecond_ns);
    time->nanoseconds = static_cast<int64_t>(now % kSecond_ns);
    return 0;
}

int __vdso_clock_getres(int id, Timespec* resolution)
{
    auto clock = clock_of(id);
    if (clock.resolution == Resolution::Unknown)
        return static_cast<int>(system_call<kClockGetres>(id, word(resolution)));
    if (resolution)
        *resolution = { 0, clock.resolution == Resolution::Coarse ? static_cast<int64_t>(kCoarseResolution_ns) : 1 };
    return 0;
}

int __vdso_gettimeofday(Timeval* time, Timezone* zone)
{
    uint64_t now;
    if (!read_realtime(now))
        return static_cast<int>(system_call<kGettimeofday>(word(time), word(zone)));
    if (time)
        *time = { static_cast<int64_t>(now / kSecond_ns), static_cast<int64_t>(now % kSecond_ns / 1000) };
    if (zone)
        *zone = { 0, 0 };
    return 0;
}

long __vdso_time(long* seconds)
{
    uint64_t now;
    if (!read_realtime(now))
        return system_call<kTime>(word(seconds), 0);
    auto value = static_cast<long>(now / kSecond_ns);
    if (seconds)
        *seconds = value;
    return value;
}

// Which carrier runs the thread is known inside only.
long __vdso_getcpu(unsigned* cpu, unsigned* node, void*) { return system_call<kGetcpu>(word(cpu), word(node)); }

} // extern "C"
