#include "enclave/sched/run_queue.h"

#include <gtest/gtest.h>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

namespace farl {

namespace {

struct Item {
    int number { 0 };
    uint64_t turns { 0 }; // plain: whoever took it has it alone
    ListLink link;
};

using Queue = RunQueue<Item, &Item::link>;
using Queues = RunQueues<Queue, Item>;

std::vector<Item> numbered(int count)
{
    std::vector<Item> items(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i)
        items[static_cast<size_t>(i)].number = i;
    return items;
}

std::vector<int> take_all(Queues& queues, uint64_t home)
{
    std::vector<int> taken;
    uint64_t turn = 0;
    while (auto* item = queues.take(home, turn).value)
        taken.push_back(item->number);
    return taken;
}

} // namespace

TEST(RunQueue, is_first_in_first_out)
{
    Queue queue;
    auto items = numbered(3);
    EXPECT_EQ(queue.pop(), nullptr);
    for (auto& item : items)
        queue.push(item);
    EXPECT_TRUE(queue.has_any());
    for (auto& item : items)
        EXPECT_EQ(queue.pop(), &item);
    EXPECT_FALSE(queue.has_any());
    EXPECT_EQ(queue.most(), 3u);
}

TEST(RunQueue, exchange_goes_behind_the_others_or_does_nothing)
{
    Queue queue;
    auto items = numbered(3);
    EXPECT_EQ(queue.exchange(items[0]), nullptr);
    EXPECT_FALSE(queue.has_any());
    queue.push(items[1]);
    queue.push(items[2]);
    EXPECT_EQ(queue.exchange(items[0]), &items[1]);
    EXPECT_EQ(queue.pop(), &items[2]);
    EXPECT_EQ(queue.pop(), &items[0]);
}

TEST(RunQueue, gives_the_older_half_but_not_more_than_a_bound)
{
    Queue queue;
    auto items = numbered(101);
    for (auto& item : items)
        queue.push(item);
    Queue::List loot;
    EXPECT_EQ(queue.give_half(loot), Queue::kMostStolen);
    EXPECT_EQ(loot.first(), &items[0]);
    EXPECT_EQ(queue.count(), 101 - Queue::kMostStolen);
    while (queue.count() > 1)
        queue.pop();
    EXPECT_EQ(queue.give_half(loot), 1u);
    EXPECT_EQ(queue.give_half(loot), 0u);
}

TEST(RunQueues, an_empty_one_takes_half_of_anothers)
{
    Queues queues;
    queues.initialise(4);
    auto items = numbered(7);
    for (auto& item : items)
        queues.push(2, item);
    uint64_t turn = 0;
    auto taken = queues.take(0, turn);
    EXPECT_EQ(taken.value, &items[0]);
    EXPECT_EQ(taken.stolen, 4u);
    EXPECT_EQ(queues.take(0, turn).value, &items[1]);
    EXPECT_EQ(take_all(queues, 2), (std::vector { 4, 5, 6, 2, 3 }));
    EXPECT_FALSE(queues.has_any());
}

TEST(RunQueues, one_who_yields_with_an_empty_queue_gives_way_to_others_elsewhere)
{
    Queues queues;
    queues.initialise(2);
    auto items = numbered(2);
    uint64_t turn = 0;
    EXPECT_EQ(queues.exchange(0, items[0], turn).value, nullptr);
    EXPECT_FALSE(queues.has_any());
    queues.push(1, items[1]);
    EXPECT_EQ(queues.exchange(0, items[0], turn).value, &items[1]);
    EXPECT_EQ(take_all(queues, 0), std::vector { 0 });
}

// A queue whose carrier went away is not forgotten by one that always finds something in its own.
TEST(RunQueues, one_who_yields_in_company_gives_way_to_others_elsewhere_in_time)
{
    Queues queues;
    queues.initialise(3);
    auto items = numbered(3);
    queues.push(0, items[1]);
    queues.push(2, items[2]);
    uint64_t turn = 0;
    auto* running = &items[0];
    int turns = 0;
    for (; running != &items[2] && turns < 1000; ++turns)
        running = queues.exchange(0, *running, turn).value;
    EXPECT_LT(turns, 100);
}

TEST(RunQueues, everyone_in_a_queue_gets_a_turn_while_all_yield)
{
    Queues queues;
    queues.initialise(2);
    auto items = numbered(10);
    for (size_t i = 1; i < items.size(); ++i)
        queues.push(i % 2, items[i]);
    uint64_t turn = 0;
    auto* running = &items[0];
    for (int i = 0; i < 2000; ++i) {
        ++running->turns;
        running = queues.exchange(0, *running, turn).value;
    }
    for (auto const& item : items)
        EXPECT_GT(item.turns, 20u) << item.number;
}

// Each is in at most one place: `turns` would be torn, and ThreadSanitizer complain, were it in two.
TEST(RunQueues, threads_that_take_yield_and_wake_lose_and_double_nothing)
{
    constexpr uint64_t kCarriers = 4, kItems = 50, kTurns = 20'000;
    Queues queues;
    queues.initialise(kCarriers);
    auto items = numbered(kItems);
    for (auto& item : items)
        queues.push(0, item);
    auto carry = [&](uint64_t home) {
        uint64_t turn = home;
        for (uint64_t i = 0; i < kTurns; ++i) {
            auto* item = queues.take(home, turn).value;
            if (!item) {
                std::this_thread::yield();
                continue;
            }
            ++item->turns;
            if (auto* next = i % 3 ? queues.exchange(home, *item, turn).value : nullptr)
                queues.push(home, *next);
            else
                queues.push((home + i) % kCarriers, *item);
        }
    };
    {
        std::vector<std::jthread> carriers;
        for (uint64_t home = 0; home < kCarriers; ++home)
            carriers.emplace_back(carry, home);
    }
    auto left = take_all(queues, 0);
    EXPECT_EQ(std::set<int>(left.begin(), left.end()).size(), kItems);
    EXPECT_EQ(left.size(), kItems);
}

} // namespace farl
