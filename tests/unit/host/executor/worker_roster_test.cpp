#include "host/executor/async/worker_roster.h"

#include <gtest/gtest.h>

namespace farl::host {
namespace {

using namespace std::chrono_literals;

class WorkerRosterTest : public testing::Test {
protected:
    void SetUp() override
    {
        roster_.initialise(counts_);
        roster_.add();
    }

    wire::WorkerCounts counts_ {};
    WorkerRoster roster_;
};

TEST_F(WorkerRosterTest, nobody_is_woken_while_nobody_sleeps) { EXPECT_FALSE(roster_.wake_sleeper()); }

TEST_F(WorkerRosterTest, a_sleeper_is_told_once)
{
    roster_.lie_down();
    EXPECT_TRUE(roster_.wake_sleeper());
    EXPECT_FALSE(roster_.wake_sleeper());
    EXPECT_EQ(roster_.sleep(1h), WorkerRoster::Woken::Told);
    EXPECT_FALSE(roster_.wake_sleeper());
}

TEST_F(WorkerRosterTest, who_stays_awake_takes_the_note_along_if_it_can_only_be_for_it)
{
    roster_.lie_down();
    EXPECT_FALSE(roster_.stay_awake());
    roster_.lie_down();
    roster_.lie_down();
    EXPECT_TRUE(roster_.wake_sleeper());
    EXPECT_FALSE(roster_.stay_awake()); // the other one takes it
    EXPECT_TRUE(roster_.stay_awake());
}

TEST_F(WorkerRosterTest, one_who_is_not_needed_leaves_but_the_last_stays)
{
    roster_.add();
    roster_.lie_down();
    EXPECT_EQ(roster_.sleep(1ns), WorkerRoster::Woken::ToLeave);
    EXPECT_EQ(counts_.now, 1u);
    EXPECT_EQ(counts_.most, 2u);
    EXPECT_FALSE(roster_.wake_sleeper());
}

} // namespace
} // namespace farl::host
