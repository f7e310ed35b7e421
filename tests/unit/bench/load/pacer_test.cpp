#include "bench/load/pacer.h"

#include <gtest/gtest.h>

namespace farl::load {

namespace {

TEST(Pacer, sends_at_a_fixed_rate_from_the_start)
{
    Pacer pacer(1000, 500);
    EXPECT_FALSE(pacer.is_due(499));
    EXPECT_EQ(pacer.take(500), 500u);
    EXPECT_FALSE(pacer.is_due(1'000'499));
    EXPECT_EQ(pacer.next_ns(), 1'000'500u);
}

TEST(Pacer, keeps_the_intended_times_of_requests_that_are_late)
{
    Pacer pacer(1000, 0);
    uint64_t const now = 10'000'000;
    EXPECT_EQ(pacer.behind(now), 11u);
    EXPECT_EQ(pacer.take(now), 0u);
    EXPECT_EQ(pacer.take(now), 1'000'000u);
    EXPECT_EQ(pacer.behind(now), 9u);
}

TEST(Pacer, does_not_drift_at_a_rate_that_has_no_whole_interval)
{
    Pacer pacer(3, 0);
    for (int i = 0; i < 3000; ++i)
        pacer.take(0);
    EXPECT_EQ(pacer.next_ns(), 1'000'000'000'000u);
}

TEST(Pacer, of_a_closed_loop_is_always_due_and_never_behind)
{
    Pacer pacer(0, 0);
    EXPECT_TRUE(pacer.is_due(0));
    EXPECT_EQ(pacer.take(7), 7u);
    EXPECT_EQ(pacer.behind(1'000'000'000), 0u);
}

} // namespace

} // namespace farl::load
