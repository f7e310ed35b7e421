#include "enclave/sched/timers.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace farl {

namespace {

std::atomic<uint64_t> now { 0 };
uint64_t read_now() { return now.load(); }

void count_up(Timer& timer) { static_cast<std::atomic<int>*>(timer.context)->fetch_add(1); }

} // namespace

TEST(Timers, call_back_those_that_are_due_in_their_order)
{
    static std::vector<uint64_t> fired;
    Timers timers;
    Timer all[4];
    now = 0;
    for (auto& timer : all)
        timer.callback = [](Timer& due) { fired.push_back(due.deadline_ns); };
    timers.arm(all[0], 30);
    timers.arm(all[1], 10);
    timers.arm(all[2], 20);
    timers.arm(all[3], 40);
    timers.disarm(all[2]);
    EXPECT_EQ(timers.next_deadline_ns(), 10u);
    timers.run_expired(read_now);
    EXPECT_TRUE(fired.empty());
    now = 30;
    timers.run_expired(read_now);
    EXPECT_EQ(fired, (std::vector<uint64_t> { 10, 30 }));
    EXPECT_EQ(timers.next_deadline_ns(), 40u);
    timers.disarm(all[3]);
    EXPECT_EQ(timers.next_deadline_ns(), kNever);
}

TEST(Timers, a_callback_may_arm_its_timer_again)
{
    static Timers timers;
    static int count;
    Timer timer;
    now = 10;
    timer.callback = [](Timer& due) {
        if (++count < 3)
            timers.arm(due, now + 10);
    };
    timers.arm(timer, 10);
    for (; now < 100; now += 10)
        timers.run_expired(read_now);
    EXPECT_EQ(count, 3);
}

// Timers live on stacks of those who wait: after disarm() nothing may touch them.
TEST(Timers, disarm_waits_for_a_callback_that_runs)
{
    Timers timers;
    std::atomic<bool> ends { false };
    std::jthread clockwork([&] {
        while (!ends) {
            now.fetch_add(1);
            timers.run_expired(read_now);
        }
    });
    std::atomic<int> fired { 0 };
    for (int i = 0; i < 5000; ++i) {
        Timer timer;
        timer.callback = count_up;
        timer.context = &fired;
        timers.arm(timer, now + i % 3);
        if (i % 2)
            std::this_thread::yield();
        timers.disarm(timer);
    }
    ends = true;
    EXPECT_EQ(timers.next_deadline_ns(), kNever);
}

} // namespace farl
