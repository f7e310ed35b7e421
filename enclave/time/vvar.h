// The data page that the runtime and the application's vDSO share: how time-stamp counter ticks become time. It lies
// directly before the vDSO's first page. One writer at a time; readers never write and retry while it writes.
// The application could change its copy of the page only if the runtime mapped it writable, which it does not.
#pragma once

#include <cstdint>

namespace farl {

inline constexpr uint64_t kVvarPageSize = 4096;
inline constexpr uint64_t kCoarseResolution_ns = 4'000'000;

struct ClockParameters {
    uint64_t base_tsc { 0 };
    uint64_t deadline_tsc { 0 };   // from here on the runtime must be asked; 0: always
    uint64_t ns_per_tick_32 { 0 }; // 32.32 fixed point
    uint64_t monotonic_ns { 0 };   // at base_tsc
    // What to add to monotonic time. Modulo 2^64, so that they may be negative.
    uint64_t realtime_offset_ns { 0 };
    uint64_t boottime_offset_ns { 0 };
    uint64_t tai_offset_ns { 0 };
};

// A tick before the base counts as the base: counters of two processors may differ by a little.
constexpr uint64_t monotonic_at(ClockParameters const& parameters, uint64_t tsc)
{
    auto ticks = tsc > parameters.base_tsc ? tsc - parameters.base_tsc : 0;
    auto elapsed = static_cast<unsigned __int128>(ticks) * parameters.ns_per_tick_32 >> 32;
    return parameters.monotonic_ns + static_cast<uint64_t>(elapsed);
}

struct Vvar {
    uint64_t sequence { 0 }; // odd while it is written
    ClockParameters parameters;
};
static_assert(sizeof(Vvar) <= kVvarPageSize);

// The fields as the readers see them. Each is atomic; the sequence tells whether they belong together.
namespace vvar {

inline uint64_t load(uint64_t const& field) { return __atomic_load_n(&field, __ATOMIC_ACQUIRE); }
inline void store(uint64_t& field, uint64_t value) { __atomic_store_n(&field, value, __ATOMIC_RELEASE); }

} // namespace vvar

inline uint64_t read_tsc()
{
    uint32_t low, high;
    // Not earlier than what the program did before it (SDM vol. 2B, RDTSC).
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return static_cast<uint64_t>(high) << 32 | low;
}

struct ClockReading {
    uint64_t monotonic_ns;
    uint64_t offset_ns;
};

// Reads monotonic time and the chosen offset (nullptr: none). False if the runtime must be asked: the deadline has
// passed, or a writer was interrupted half way.
inline bool read_clock(Vvar const& vvar, uint64_t ClockParameters::*offset, ClockReading& reading)
{
    constexpr int kPatience = 1000;
    for (int attempt = 0; attempt < kPatience; ++attempt) {
        auto sequence = vvar::load(vvar.sequence);
        if (sequence & 1) {
            __builtin_ia32_pause();
            continue;
        }
        auto const& shared = vvar.parameters;
        ClockParameters copy { .base_tsc = vvar::load(shared.base_tsc),
            .deadline_tsc = vvar::load(shared.deadline_tsc),
            .ns_per_tick_32 = vvar::load(shared.ns_per_tick_32),
            .monotonic_ns = vvar::load(shared.monotonic_ns) };
        reading.offset_ns = offset ? vvar::load(shared.*offset) : 0;
        auto tsc = read_tsc();
        if (vvar::load(vvar.sequence) != sequence)
            continue;
        reading.monotonic_ns = monotonic_at(copy, tsc);
        return tsc < copy.deadline_tsc;
    }
    return false;
}

// The caller is the only writer.
inline void publish(Vvar& vvar, ClockParameters const& parameters)
{
    auto& shared = vvar.parameters;
    auto sequence = vvar.sequence;
    vvar::store(vvar.sequence, sequence + 1);
    vvar::store(shared.base_tsc, parameters.base_tsc);
    vvar::store(shared.deadline_tsc, parameters.deadline_tsc);
    vvar::store(shared.ns_per_tick_32, parameters.ns_per_tick_32);
    vvar::store(shared.monotonic_ns, parameters.monotonic_ns);
    vvar::store(shared.realtime_offset_ns, parameters.realtime_offset_ns);
    vvar::store(shared.boottime_offset_ns, parameters.boottime_offset_ns);
    vvar::store(shared.tai_offset_ns, parameters.tai_offset_ns);
    vvar::store(vvar.sequence, sequence + 2);
}

} // namespace farl
