#include "base/crowd_sense.h"

#include <gtest/gtest.h>

namespace farl {

TEST(CrowdSense, remembers_for_a_while_that_the_thread_was_off_its_processor)
{
    CrowdSense crowd;
    uint64_t now = 1'000'000'000;
    EXPECT_FALSE(crowd.is_crowded(now));
    crowd.begin(now);
    crowd.look(now += CrowdSense::kAway);
    EXPECT_FALSE(crowd.is_crowded(now));
    crowd.look(now += CrowdSense::kAway + 1);
    EXPECT_TRUE(crowd.is_crowded(now));
    EXPECT_TRUE(crowd.is_crowded(now + CrowdSense::kMemory - 1));
    EXPECT_FALSE(crowd.is_crowded(now + CrowdSense::kMemory));
}

TEST(CrowdSense, what_lies_between_two_waits_does_not_count)
{
    CrowdSense crowd;
    crowd.begin(1'000'000'000);
    crowd.begin(2'000'000'000);
    crowd.look(2'000'000'100);
    EXPECT_FALSE(crowd.is_crowded(2'000'000'100));
}

} // namespace farl
