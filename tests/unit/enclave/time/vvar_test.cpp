#include "enclave/time/vvar.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace farl {

namespace {

ClockParameters running(uint64_t monotonic_ns)
{
    return { .base_tsc = read_tsc(),
        .deadline_tsc = UINT64_MAX,
        .ns_per_tick_32 = 1ull << 31,
        .monotonic_ns = monotonic_ns,
        .realtime_offset_ns = 500 };
}

} // namespace

TEST(Vvar, monotonic_time_is_the_base_and_the_scaled_ticks)
{
    ClockParameters parameters { .base_tsc = 1000, .ns_per_tick_32 = 1ull << 31, .monotonic_ns = 70 };
    EXPECT_EQ(monotonic_at(parameters, 1000), 70u);
    EXPECT_EQ(monotonic_at(parameters, 1020), 80u);
    EXPECT_EQ(monotonic_at(parameters, 900), 70u); // another processor's counter
    EXPECT_EQ(monotonic_at(parameters, 1000 + (1ull << 62)), 70 + (1ull << 61));
}

TEST(Vvar, reading_fails_after_the_deadline_and_while_it_was_never_written)
{
    Vvar vvar;
    ClockReading reading;
    EXPECT_FALSE(read_clock(vvar, nullptr, reading));
    auto parameters = running(1000);
    publish(vvar, parameters);
    ASSERT_TRUE(read_clock(vvar, &ClockParameters::realtime_offset_ns, reading));
    EXPECT_GE(reading.monotonic_ns, 1000u);
    EXPECT_EQ(reading.offset_ns, 500u);
    parameters.deadline_tsc = parameters.base_tsc;
    publish(vvar, parameters);
    EXPECT_FALSE(read_clock(vvar, nullptr, reading));
}

TEST(Vvar, a_writer_that_stopped_half_way_does_not_hold_readers)
{
    Vvar vvar;
    publish(vvar, running(1000));
    vvar.sequence += 1;
    ClockReading reading;
    EXPECT_FALSE(read_clock(vvar, nullptr, reading));
}

// A mixture of two sets of parameters would show as a reading far off, or as an offset that belongs to another base.
TEST(Vvar, readers_never_see_a_mixture)
{
    constexpr uint64_t kEpoch = 1ull << 40;
    Vvar vvar;
    publish(vvar, running(0));
    std::atomic<bool> is_done { false };
    std::atomic<int> checked { 0 };
    std::thread writer([&] {
        for (uint64_t epoch = 1; epoch < 10'000'000 && checked < 2'000; ++epoch) {
            auto parameters = running(epoch * kEpoch);
            parameters.realtime_offset_ns = epoch;
            publish(vvar, parameters);
        }
        is_done = true;
    });
    while (!is_done) {
        ClockReading reading;
        if (!read_clock(vvar, &ClockParameters::realtime_offset_ns, reading))
            continue;
        if (reading.monotonic_ns < kEpoch)
            continue;
        ASSERT_EQ(reading.monotonic_ns / kEpoch, reading.offset_ns);
        ++checked;
    }
    writer.join();
    EXPECT_GT(checked, 0);
}

} // namespace farl
