#include "enclave/hostcall/call_wait.h"

#include "tests/support/stepped.h"

#include <gtest/gtest.h>

namespace farl {

namespace {

struct alignas(8) Thread {
    int answer { 0 };
    bool was_woken { false };
};

using SteppedWait = CallWait<Thread, SteppedAtomic>;

struct Call {
    SteppedWait wait;
    Thread thread;
    int claims { 0 };
    bool was_outstanding { false };

    void answer(int value)
    {
        auto claim = wait.claim();
        if (!claim)
            return;
        ++claims;
        EXPECT_EQ(claim->waiter, &thread);
        thread.answer = value;
        thread.was_woken = claim->has_to_be_woken;
        wait.release();
    }
    // As a fiber that has looked in vain, and now sleeps until somebody wakes it.
    void stop_looking()
    {
        wait.stop_looking(thread);
        was_outstanding = wait.is_outstanding();
    }
};

} // namespace

TEST(CallWait, an_answer_comes_once_and_whoever_sleeps_is_woken)
{
    auto orders = Interleavings::explore([](Interleavings& run) {
        auto call = std::make_shared<Call>();
        call->wait.begin(call->thread);
        run.add([call] { call->stop_looking(); });
        run.add([call] { call->answer(7); });
        run.at_end([call] {
            EXPECT_EQ(call->claims, 1);
            EXPECT_TRUE(call->wait.is_answered());
            EXPECT_EQ(call->thread.answer, 7);
            EXPECT_TRUE(call->thread.was_woken || !call->was_outstanding);
        });
    });
    EXPECT_GT(orders, 5u);
}

TEST(CallWait, of_two_answers_to_one_call_one_counts)
{
    Interleavings::explore([](Interleavings& run) {
        auto call = std::make_shared<Call>();
        call->wait.begin(call->thread);
        run.add([call] { call->stop_looking(); });
        run.add([call] { call->answer(7); });
        run.add([call] { call->answer(8); });
        run.at_end([call] {
            EXPECT_EQ(call->claims, 1);
            EXPECT_TRUE(call->wait.is_answered());
        });
    });
}

TEST(CallWait, an_answer_to_no_call_is_none)
{
    SteppedWait wait;
    EXPECT_FALSE(wait.claim());
    EXPECT_TRUE(wait.is_answered());
}

} // namespace farl
