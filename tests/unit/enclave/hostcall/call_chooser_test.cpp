#include "enclave/hostcall/call_chooser.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace farl {
namespace {

constexpr uint64_t kWrite = 1, kRead = 0;
constexpr uint64_t kCheap = 300, kCostly = 8'000; // ticks of a transition

// One caller, whose calls cost what `cost` says.
class CallChooserTest : public testing::Test {
protected:
    using Cost = std::function<uint64_t(CallWay)>;

    static Cost constant(uint64_t exit, uint64_t queue)
    {
        return [=](CallWay way) { return way == CallWay::Exit ? exit : queue; };
    }

    // How many of these calls went through the queues.
    int run(int calls, Cost const& cost, uint64_t number = kWrite, uint64_t size = 32)
    {
        int queued = 0;
        for (int i = 0; i < calls; ++i) {
            auto [way, is_sample] = chooser_->choose(number, size, ++turn_);
            queued += way == CallWay::Queue;
            if (is_sample)
                chooser_->learn(number, size, way, cost(way));
        }
        return queued;
    }

    std::unique_ptr<CallChooser> chooser_ = std::make_unique<CallChooser>();
    uint32_t turn_ { 0 };
};

TEST_F(CallChooserTest, without_another_processor_every_call_exits)
{
    chooser_->initialise(kCostly, 1);
    EXPECT_EQ(run(20'000, constant(9'000, 1'000)), 0);
    EXPECT_EQ(chooser_->way_of_blocking_calls(), CallWay::Exit);
}

TEST_F(CallChooserTest, where_transitions_are_cheap_every_call_exits_and_none_is_measured)
{
    chooser_->initialise(kCheap, 8);
    EXPECT_EQ(run(20'000, [](CallWay) { return ADD_FAILURE(), 0; }), 0);
}

TEST_F(CallChooserTest, where_transitions_are_costly_short_calls_are_queued_and_nearly_never_tried_otherwise)
{
    chooser_->initialise(kCostly, 2);
    EXPECT_GT(run(100'000, constant(9'000, 2'000)), 99'700);
    EXPECT_EQ(chooser_->way_of_blocking_calls(), CallWay::Queue);
}

TEST_F(CallChooserTest, calls_that_are_cheaper_by_an_exit_turn_to_it)
{
    chooser_->initialise(kCostly, 2);
    auto cost = constant(30'000, 40'000);
    run(5'000, cost);
    EXPECT_LT(run(100'000, cost), 300);
}

TEST_F(CallChooserTest, callers_with_few_calls_learn_as_well)
{
    chooser_->initialise(kCostly, 2);
    auto cost = constant(30'000, 40'000);
    run(100, cost);
    turn_ = 0; // another one
    EXPECT_LT(run(100, cost), 20);
}

TEST_F(CallChooserTest, a_difference_of_a_few_percent_is_no_reason_to_change)
{
    chooser_->initialise(kCostly, 2);
    EXPECT_GT(run(100'000, constant(9'700, 10'000)), 99'700);
}

TEST_F(CallChooserTest, each_number_and_class_of_sizes_is_judged_alone)
{
    chooser_->initialise(kCostly, 2);
    run(5'000, constant(30'000, 40'000), kWrite, 64 * 1024);
    EXPECT_LT(run(1'000, constant(30'000, 40'000), kWrite, 60 * 1024), 10);
    EXPECT_GT(run(1'000, constant(9'000, 2'000), kWrite, 32), 980);
    EXPECT_GT(run(1'000, constant(9'000, 2'000), kRead, 64 * 1024), 980);
}

TEST_F(CallChooserTest, single_disturbed_calls_change_nothing)
{
    chooser_->initialise(kCostly, 2);
    run(5'000, constant(9'000, 2'000));
    for (int i = 0; i < 3; ++i)
        chooser_->learn(kWrite, 32, CallWay::Queue, 10'000'000);
    EXPECT_GT(run(1'000, constant(9'000, 2'000)), 980);
}

TEST_F(CallChooserTest, it_follows_when_the_costs_change)
{
    chooser_->initialise(kCostly, 2);
    run(10'000, constant(9'000, 2'000));
    run(10'000, constant(9'000, 20'000)); // as when all processors are taken
    EXPECT_LT(run(50'000, constant(9'000, 20'000)), 200);
    run(50'000, constant(9'000, 2'000));
    EXPECT_GT(run(50'000, constant(9'000, 2'000)), 49'800);
}

TEST_F(CallChooserTest, numbers_beyond_the_table_are_one_kind)
{
    chooser_->initialise(kCostly, 2);
    run(5'000, constant(30'000, 40'000), 100'000);
    EXPECT_LT(run(1'000, constant(30'000, 40'000), 200'000), 10);
}

} // namespace
} // namespace farl
