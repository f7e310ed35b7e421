#include "enclave/sched/roster.h"

#include "enclave/sched/run_queue.h"
#include "tests/support/stepped.h"

#include <gtest/gtest.h>

namespace farl {

namespace {

struct Item {
    ListLink link;
};

Pending nothing() { return {}; }
Pending work() { return { .has_work = true }; }

// One carrier that computes, and others that came and fell asleep.
struct Crew {
    Roster roster;
    Carrier carriers[4] {};

    explicit Crew(uint64_t sleepers)
    {
        roster.initialise(2, 4);
        roster.join(carriers[0]);
        for (uint64_t i = 1; i <= sleepers; ++i) {
            carriers[i].index = i;
            EXPECT_TRUE(roster.block(carriers[0], work)); // each is sent for in the first one's place
            EXPECT_TRUE(roster.accept());
            roster.join(carriers[i]);
            roster.unblock(carriers[0]);
        }
        for (uint64_t i = 1; i <= sleepers; ++i)
            EXPECT_TRUE(roster.fall_asleep(carriers[i], 0, nothing));
    }
};

} // namespace

TEST(Roster, sends_for_help_only_while_fewer_compute_than_should)
{
    Crew crew(0);
    EXPECT_FALSE(crew.roster.send_for_help(nothing));
    EXPECT_TRUE(crew.roster.send_for_help(work).is_new);
    EXPECT_FALSE(crew.roster.send_for_help(work)); // the first one is on its way
    crew.roster.forget_expected();
    EXPECT_TRUE(crew.roster.send_for_help(work).is_new);
}

TEST(Roster, expects_each_carrier_once)
{
    Crew crew(0);
    EXPECT_FALSE(crew.roster.accept());
    EXPECT_TRUE(crew.roster.send_for_help(work));
    EXPECT_TRUE(crew.roster.accept());
    EXPECT_FALSE(crew.roster.accept());
    crew.roster.forget_expected(); // a lie: it is here
    EXPECT_EQ(crew.roster.total(), 2u);
}

TEST(Roster, sends_for_the_sleeper_that_slept_last)
{
    Crew crew(1);
    auto help = crew.roster.send_for_help(work);
    EXPECT_EQ(help.sleeper, &crew.carriers[1]);
    crew.roster.wake_up(crew.carriers[1]);
    EXPECT_EQ(crew.roster.active(), 2u);
}

TEST(Roster, a_spinner_is_help_enough)
{
    Crew crew(1);
    EXPECT_TRUE(crew.roster.begin_spin());
    EXPECT_FALSE(crew.roster.begin_spin());
    EXPECT_FALSE(crew.roster.send_for_help(work));
    EXPECT_TRUE(crew.roster.end_spin());
    EXPECT_TRUE(crew.roster.send_for_help(work));
}

TEST(Roster, one_that_goes_leaves_somebody_to_watch_the_timers)
{
    Crew crew(1);
    auto timer = [] { return Pending { .next_deadline_ns = 50 }; };
    EXPECT_EQ(crew.roster.block(crew.carriers[0], timer).sleeper, &crew.carriers[1]); // it slept without a time-out
    EXPECT_EQ(crew.roster.fall_asleep(crew.carriers[1], 20, timer), 30u);
    crew.roster.unblock(crew.carriers[0]);
    EXPECT_FALSE(crew.roster.block(crew.carriers[0], timer)); // now it has one
    auto sooner = [] { return Pending { .next_deadline_ns = 40 }; };
    crew.roster.unblock(crew.carriers[0]);
    EXPECT_TRUE(crew.roster.block(crew.carriers[0], sooner));
}

TEST(Roster, nobody_sleeps_while_there_is_work_or_a_timer_is_due)
{
    Crew crew(0);
    EXPECT_FALSE(crew.roster.fall_asleep(crew.carriers[0], 0, work));
    EXPECT_FALSE(crew.roster.fall_asleep(crew.carriers[0], 50, [] { return Pending { .next_deadline_ns = 50 }; }));
    EXPECT_EQ(crew.roster.active(), 1u);
}

TEST(Roster, answers_always_find_somebody_who_collects_them)
{
    Crew crew(0);
    auto outstanding = [] { return Pending { .has_outstanding_calls = true }; };
    EXPECT_TRUE(crew.roster.block(crew.carriers[0], outstanding));
}

TEST(Roster, carriers_that_compute_have_run_queues_of_their_own)
{
    Crew crew(1);
    EXPECT_TRUE(crew.roster.send_for_help(work));
    EXPECT_NE(crew.carriers[0].home, crew.carriers[1].home);
    crew.roster.block(crew.carriers[0], work); // sends for carrier 2, which takes the free one
    EXPECT_TRUE(crew.roster.accept());
    crew.roster.join(crew.carriers[2]);
    EXPECT_NE(crew.carriers[2].home, crew.carriers[1].home);
}

TEST(Roster, one_carrier_is_enough_while_no_fiber_keeps_it)
{
    Crew crew(1);
    crew.roster.set_base(1);
    EXPECT_FALSE(crew.roster.send_for_help(work)); // a worker wants the other processor
    crew.roster.note_tick(crew.carriers[0], true);
    EXPECT_EQ(crew.roster.target(), 2u);
    EXPECT_TRUE(crew.roster.send_for_help(work));
    crew.roster.note_tick(crew.carriers[1], true);
    EXPECT_EQ(crew.roster.target(), 2u); // more would have no run queue
    crew.roster.note_tick(crew.carriers[0], false);
    crew.roster.note_tick(crew.carriers[0], false);
    EXPECT_EQ(crew.roster.target(), 2u);
    crew.roster.note_tick(crew.carriers[1], false);
    EXPECT_EQ(crew.roster.target(), 1u);
}

TEST(Roster, a_carrier_that_goes_is_not_kept_any_more)
{
    Crew crew(1);
    crew.roster.set_base(1);
    crew.roster.note_tick(crew.carriers[0], true);
    crew.roster.block(crew.carriers[0], nothing);
    EXPECT_EQ(crew.roster.target(), 1u);
    crew.roster.unblock(crew.carriers[0]);
    crew.roster.note_tick(crew.carriers[0], true);
    EXPECT_TRUE(crew.roster.fall_asleep(crew.carriers[0], 0, nothing));
    EXPECT_EQ(crew.roster.target(), 1u);
}

TEST(Roster, one_too_many_sleeps_although_there_is_work_if_fewer_should_compute)
{
    Crew crew(1);
    EXPECT_TRUE(crew.roster.send_for_help(work));
    EXPECT_FALSE(crew.roster.has_surplus());
    EXPECT_FALSE(crew.roster.fall_asleep(crew.carriers[1], 0, work));
    crew.roster.set_base(1);
    EXPECT_TRUE(crew.roster.has_surplus());
    EXPECT_TRUE(crew.roster.fall_asleep(crew.carriers[1], 0, work));
    EXPECT_FALSE(crew.roster.has_surplus());
    EXPECT_FALSE(crew.roster.fall_asleep(crew.carriers[0], 0, work));
}

namespace {

using SteppedQueue = RunQueue<Item, &Item::link, SteppedLock, SteppedAtomic>;
using SteppedRoster = BasicRoster<SteppedLock, SteppedAtomic>;

// Two carriers, of which the first computes and the second has found nothing to do.
struct Handshake {
    RunQueues<SteppedQueue, Item> queues;
    SteppedRoster roster;
    Carrier carriers[2] {};
    Item items[2];
    bool is_asleep { false };
    bool is_sent_for { false };

    Handshake()
    {
        queues.initialise(2);
        roster.initialise(2, 2);
        roster.join(carriers[0]);
        (void)roster.send_for_help([] { return Pending { .has_work = true }; });
        roster.accept();
        roster.join(carriers[1]);
    }
    Pending pending() const { return { .has_work = queues.has_any() }; }

    // As Scheduler::unpark() and summon_help().
    void wake(Item& item)
    {
        queues.push(carriers[0].home, item);
        if (roster.is_short() && roster.send_for_help([this] { return pending(); }))
            is_sent_for = true;
    }
    // As Scheduler::back_off() and sleep().
    void rest()
    {
        if (roster.begin_spin()) {
            bool found = queues.has_any();
            roster.end_spin();
            if (found)
                return;
        }
        is_asleep = roster.fall_asleep(carriers[1], 0, [this] { return pending(); }).has_value();
    }
    void expect_no_lost_wake_up() const
    {
        if (queues.has_any()) {
            EXPECT_TRUE(!is_asleep || is_sent_for);
        }
        EXPECT_TRUE(is_asleep || !is_sent_for);
    }
};

} // namespace

TEST(Roster, every_interleaving_of_a_wake_up_and_a_sleep_leaves_nobody_asleep_with_work)
{
    auto runs = Interleavings::explore([](Interleavings& schedule) {
        auto state = std::make_shared<Handshake>();
        schedule.add([=] { state->wake(state->items[0]); });
        schedule.add([=] { state->rest(); });
        schedule.at_end([=] { state->expect_no_lost_wake_up(); });
    });
    EXPECT_GT(runs, 1000u);
}

// The carrier that made it runnable goes into a blocking call instead of asking for help.
TEST(Roster, every_interleaving_of_a_blocking_call_and_a_sleep_leaves_no_work_alone)
{
    auto runs = Interleavings::explore([](Interleavings& schedule) {
        auto state = std::make_shared<Handshake>();
        schedule.add([=] {
            state->queues.push(state->carriers[0].home, state->items[0]);
            if (state->roster.block(state->carriers[0], [&] { return state->pending(); }))
                state->is_sent_for = true;
        });
        schedule.add([=] { state->rest(); });
        schedule.at_end([=] { state->expect_no_lost_wake_up(); });
    });
    EXPECT_GT(runs, 1000u);
}

// There was one too many; and then the other one is gone.
TEST(Roster, every_interleaving_of_a_surplus_that_sleeps_and_a_blocking_call_leaves_no_work_alone)
{
    auto runs = Interleavings::explore([](Interleavings& schedule) {
        auto state = std::make_shared<Handshake>();
        state->roster.set_base(1);
        state->queues.push(state->carriers[0].home, state->items[0]);
        schedule.add([=] {
            if (state->roster.block(state->carriers[0], [&] { return state->pending(); }))
                state->is_sent_for = true;
        });
        schedule.add([=] {
            state->is_asleep = state->roster.has_surplus()
                && state->roster.fall_asleep(state->carriers[1], 0, [&] { return state->pending(); });
        });
        schedule.at_end([=] { state->expect_no_lost_wake_up(); });
    });
    EXPECT_GT(runs, 10u);
}

} // namespace farl
