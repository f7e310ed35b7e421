#include "bench/load/histogram.h"

#include <gtest/gtest.h>

namespace farl::load {

namespace {

TEST(Histogram, is_zero_when_empty)
{
    Histogram histogram;
    EXPECT_EQ(histogram.percentile(0.99), 0u);
    EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, keeps_short_durations_exactly)
{
    Histogram histogram;
    for (uint64_t ns = 1; ns <= 100; ++ns)
        histogram.record(ns);
    EXPECT_EQ(histogram.percentile(0), 1u);
    EXPECT_EQ(histogram.percentile(0.5), 50u);
    EXPECT_EQ(histogram.percentile(0.99), 99u);
    EXPECT_EQ(histogram.percentile(1), 100u);
    EXPECT_DOUBLE_EQ(histogram.mean(), 50.5);
}

TEST(Histogram, knows_each_duration_to_within_one_percent)
{
    for (uint64_t ns = 1; ns < uint64_t { 1 } << 62; ns += ns / 8 + 1) {
        Histogram histogram;
        histogram.record(ns);
        histogram.record(UINT64_MAX);
        auto const seen = histogram.percentile(0.5);
        EXPECT_GE(seen, ns);
        EXPECT_LE(static_cast<double>(seen - ns), static_cast<double>(ns) / 100) << ns;
    }
}

TEST(Histogram, never_reports_more_than_the_largest)
{
    Histogram histogram;
    histogram.record(1'000'003);
    EXPECT_EQ(histogram.percentile(0.5), 1'000'003u);
    EXPECT_EQ(histogram.largest(), 1'000'003u);
}

TEST(Histogram, counts_the_largest_value_there_is)
{
    Histogram histogram;
    histogram.record(UINT64_MAX);
    EXPECT_EQ(histogram.percentile(1), UINT64_MAX);
}

} // namespace

} // namespace farl::load
