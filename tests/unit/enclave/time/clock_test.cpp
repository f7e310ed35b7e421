#include "enclave/time/clock.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace farl {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kMillisecond = 1'000'000;

// A host whose clocks run truly, and a counter of 2.5 GHz.
class ClockTest : public testing::Test {
protected:
    static constexpr double kTicksPerNs = 2.5;
    static constexpr uint64_t kStartTsc = 1ull << 40;
    static constexpr uint64_t kStartRealtime = 1'700'000'000 * kSecond;

    uint64_t tsc() const { return kStartTsc + static_cast<uint64_t>(static_cast<double>(elapsed_ns) * kTicksPerNs); }
    HostClockSample sample() const
    {
        auto monotonic = 77 * kSecond + elapsed_ns;
        return { .tsc = tsc(),
            .uncertainty_ticks = 1000,
            .monotonic_ns = monotonic,
            .realtime_ns = kStartRealtime + elapsed_ns,
            .boottime_ns = monotonic + 5 * kSecond,
            .tai_ns = kStartRealtime + elapsed_ns + 37 * kSecond };
    }
    uint64_t now() const { return clock.now_at(tsc()); }
    int64_t error() const { return static_cast<int64_t>(now() - sample().monotonic_ns); }
    ClockVerdict update(HostClockSample const& sample) { return clock.update(sample, tsc()); }
    HostClockSample lie(std::mt19937_64& random) const
    {
        auto told = sample();
        uint64_t const offsets[] = { random(), 0 - kSecond, kSecond, random() % kMillisecond,
            0 - random() % kMillisecond };
        told.tsc += random() % 2 ? 0 : random() % 2 ? random() : 0 - random() % (kSecond << 2);
        told.monotonic_ns += offsets[random() % 5];
        told.realtime_ns += offsets[random() % 5];
        told.boottime_ns += offsets[random() % 5];
        told.uncertainty_ticks = random() % 4 ? random() % 1000 : random();
        return told;
    }
    void pass_deadline() { elapsed_ns += clock.is_running() ? ns_to_deadline() : kMillisecond; }
    // As the runtime does: a sample whenever the deadline has passed. Ends when the next is due.
    void run_honestly(uint64_t until_ns)
    {
        while (elapsed_ns < until_ns) {
            update(sample());
            pass_deadline();
        }
    }
    uint64_t ns_to_deadline() const
    {
        if (tsc() >= clock.parameters().deadline_tsc)
            return 0;
        auto ticks = clock.parameters().deadline_tsc - tsc();
        return static_cast<uint64_t>(static_cast<double>(ticks) / kTicksPerNs) + 1000;
    }

    uint64_t elapsed_ns { 0 };
    Clock clock;
};

} // namespace

TEST_F(ClockTest, it_learns_the_pace_within_two_samples_a_millisecond_apart)
{
    EXPECT_EQ(update(sample()), ClockVerdict::Learning);
    EXPECT_EQ(clock.parameters().deadline_tsc, 0u);
    elapsed_ns += kMillisecond / 2;
    EXPECT_EQ(update(sample()), ClockVerdict::Learning);
    elapsed_ns += kMillisecond / 2;
    EXPECT_EQ(update(sample()), ClockVerdict::Followed);
    EXPECT_GT(clock.parameters().deadline_tsc, tsc());
    elapsed_ns += kMillisecond;
    EXPECT_LE(std::abs(error()), 2);
}

TEST_F(ClockTest, it_learns_from_samples_that_were_taken_before_it_started)
{
    auto first = sample();
    elapsed_ns += 5 * kMillisecond;
    auto second = sample();
    elapsed_ns += kMillisecond;
    EXPECT_EQ(update(first), ClockVerdict::Learning);
    EXPECT_EQ(update(second), ClockVerdict::Followed);
    EXPECT_LE(std::abs(error()), 2);
}

TEST_F(ClockTest, it_follows_a_host_that_runs_truly_and_asks_once_a_second_at_last)
{
    run_honestly(20 * kSecond);
    EXPECT_LE(std::abs(error()), 5);
    update(sample());
    EXPECT_NEAR(static_cast<double>(ns_to_deadline()), 1e9, 1e6);
    auto parameters = clock.parameters();
    EXPECT_NEAR(static_cast<double>(now() + parameters.realtime_offset_ns - sample().realtime_ns + 100), 100, 5);
    EXPECT_NEAR(static_cast<double>(now() + parameters.boottime_offset_ns - sample().boottime_ns + 100), 100, 5);
    EXPECT_NEAR(static_cast<double>(now() + parameters.tai_offset_ns - sample().tai_ns + 100), 100, 5);
}

TEST_F(ClockTest, it_makes_good_a_small_error_within_a_second)
{
    run_honestly(5 * kSecond);
    auto late = sample();
    late.monotonic_ns += 100'000;
    EXPECT_EQ(update(late), ClockVerdict::Followed);
    pass_deadline();
    EXPECT_NEAR(static_cast<double>(error()), 100'000, 10);
}

TEST_F(ClockTest, what_was_to_be_made_good_is_not_made_good_twice)
{
    run_honestly(5 * kSecond);
    auto late = sample();
    late.monotonic_ns += 100'000;
    update(late);
    elapsed_ns += 100 * kSecond; // nobody asked for the time
    update(sample());
    EXPECT_NEAR(static_cast<double>(error()), 100'000, 250'000);
}

TEST_F(ClockTest, an_early_pace_measured_badly_is_improved)
{
    auto first = sample();
    first.monotonic_ns += 20'000; // 2 % of the first span
    update(first);
    pass_deadline();
    elapsed_ns += 30'000;
    run_honestly(30 * kSecond);
    EXPECT_LE(std::abs(error()), 100);
}

TEST_F(ClockTest, a_host_whose_pace_changes_is_followed_without_a_lasting_error)
{
    run_honestly(5 * kSecond);
    HostClockSample skewed;
    for (int i = 0; i < 60; ++i) {
        pass_deadline();
        skewed = sample();
        skewed.monotonic_ns += (elapsed_ns - 5 * kSecond) / 20'000; // 50 ppm
        EXPECT_EQ(update(skewed), ClockVerdict::Followed);
    }
    pass_deadline();
    EXPECT_NEAR(static_cast<double>(error()), static_cast<double>((elapsed_ns - 5 * kSecond) / 20'000), 100);
}

TEST_F(ClockTest, a_long_pause_while_the_pace_is_learned_does_no_harm)
{
    run_honestly(kMillisecond);
    elapsed_ns += 300 * kSecond;
    run_honestly(310 * kSecond);
    EXPECT_LE(std::abs(error()), 1000);
}

TEST_F(ClockTest, an_imprecise_sample_leaves_the_pace)
{
    run_honestly(5 * kSecond);
    auto slow = sample();
    slow.uncertainty_ticks = static_cast<uint64_t>(kTicksPerNs * kMillisecond);
    slow.monotonic_ns += kMillisecond;
    EXPECT_EQ(update(slow), ClockVerdict::Imprecise);
    EXPECT_GT(clock.parameters().deadline_tsc, tsc());
    EXPECT_LE(std::abs(error()), 5);
}

TEST_F(ClockTest, nonsense_is_refused_and_the_clock_goes_on)
{
    run_honestly(5 * kSecond);
    auto nonsense = sample();
    nonsense.realtime_ns = UINT64_MAX;
    EXPECT_EQ(update(nonsense), ClockVerdict::Refused);
    EXPECT_GT(clock.parameters().deadline_tsc, tsc());
    pass_deadline();
    auto old = sample();
    old.tsc = clock.parameters().base_tsc - 1;
    EXPECT_EQ(update(old), ClockVerdict::Refused);
    pass_deadline();
    auto future = sample();
    future.tsc += 1;
    EXPECT_EQ(update(future), ClockVerdict::Refused);
    EXPECT_LE(std::abs(error()), 10);
}

TEST_F(ClockTest, a_pace_that_no_processor_has_is_refused)
{
    update(sample());
    elapsed_ns += 4;
    auto absurd = sample();
    absurd.monotonic_ns += kSecond;
    EXPECT_EQ(update(absurd), ClockVerdict::Refused);
    EXPECT_EQ(clock.parameters().deadline_tsc, 0u);
}

TEST_F(ClockTest, realtime_follows_a_step_and_ignores_noise)
{
    run_honestly(5 * kSecond);
    auto offset = clock.parameters().realtime_offset_ns;
    auto noisy = sample();
    noisy.realtime_ns += 400'000;
    update(noisy);
    EXPECT_EQ(clock.parameters().realtime_offset_ns, offset);
    pass_deadline();
    auto stepped = sample();
    stepped.realtime_ns -= 3600 * kSecond;
    update(stepped);
    EXPECT_EQ(clock.parameters().realtime_offset_ns, offset - 3600 * kSecond);
}

TEST_F(ClockTest, boottime_never_goes_back)
{
    run_honestly(5 * kSecond);
    auto offset = clock.parameters().boottime_offset_ns;
    auto back = sample();
    back.boottime_ns -= 4 * kSecond;
    update(back);
    EXPECT_EQ(clock.parameters().boottime_offset_ns, offset);
    pass_deadline();
    auto suspended = sample();
    suspended.boottime_ns += 10 * kSecond;
    update(suspended);
    EXPECT_EQ(clock.parameters().boottime_offset_ns, offset + 10 * kSecond);
}

TEST_F(ClockTest, nothing_changes_before_the_deadline)
{
    run_honestly(5 * kSecond);
    update(sample());
    auto parameters = clock.parameters();
    elapsed_ns += kSecond / 2;
    auto late = sample();
    late.monotonic_ns += 100'000;
    EXPECT_EQ(update(late), ClockVerdict::Early);
    EXPECT_EQ(clock.parameters().base_tsc, parameters.base_tsc);
    EXPECT_EQ(clock.parameters().ns_per_tick_32, parameters.ns_per_tick_32);
}

TEST_F(ClockTest, a_bad_first_sample_is_replaced)
{
    auto first = sample();
    first.monotonic_ns += 3 * kMillisecond; // the host was interrupted between its readings
    first.uncertainty_ticks = static_cast<uint64_t>(8 * kMillisecond * kTicksPerNs);
    update(first);
    elapsed_ns += 5 * kMillisecond;
    run_honestly(60 * kSecond);
    EXPECT_LE(std::abs(error()), 1000);
}

// Whatever the host says, and however late readers learn of it: no reading is earlier than the one before, and after
// the first second no stretch of time is longer or shorter than 500 ppm allow.
TEST_F(ClockTest, a_lying_host_cannot_turn_monotonic_time_back_or_change_its_pace)
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        clock = {};
        elapsed_ns = 0;
        run_honestly(3 * kSecond);
        std::mt19937_64 random(seed);
        auto published = clock.parameters();
        auto last = now();
        auto last_elapsed = elapsed_ns;
        for (int round = 0; round < 10'000; ++round) {
            elapsed_ns += random() % (kSecond >> (random() % 20));
            if (random() % 3)
                update(lie(random));
            if (random() % 3)
                published = clock.parameters();
            auto reading = tsc() < published.deadline_tsc ? monotonic_at(published, tsc()) : now();
            auto truth = static_cast<double>(elapsed_ns - last_elapsed);
            ASSERT_GE(reading, last);
            ASSERT_NEAR(static_cast<double>(reading - last), truth, truth * 501e-6 + 5) << round;
            last = reading;
            last_elapsed = elapsed_ns;
        }
    }
}

TEST_F(ClockTest, a_host_that_lies_from_the_start_cannot_turn_monotonic_time_back_either)
{
    std::mt19937_64 random(5);
    uint64_t last = 0;
    for (int round = 0; round < 100'000; ++round) {
        elapsed_ns += random() % (2 * kMillisecond);
        auto told = lie(random);
        if (random() % 3 == 0)
            told.monotonic_ns = random() >> (random() % 64);
        update(told);
        ASSERT_GE(now(), last);
        last = now();
    }
}

} // namespace farl
