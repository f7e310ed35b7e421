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

using Answer = SteppedWait::Answer;

struct Call {
    SteppedWait wait;
    Thread thread;
    int claims { 0 };
    bool sleeps { false };

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
    // As a fiber that has looked in vain, in AsyncCalls::await().
    void stop_looking()
    {
        wait.stop_looking(thread);
        sleeps = wait.answer() == Answer::Missing;
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
            EXPECT_EQ(call->wait.answer(), Answer::There);
            EXPECT_EQ(call->thread.answer, 7);
            EXPECT_TRUE(call->thread.was_woken || !call->sleeps);
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
            EXPECT_EQ(call->wait.answer(), Answer::There);
        });
    });
}

TEST(CallWait, an_answer_to_no_call_is_none)
{
    SteppedWait wait;
    EXPECT_FALSE(wait.claim());
    EXPECT_EQ(wait.answer(), Answer::There);
}

} // namespace farl
