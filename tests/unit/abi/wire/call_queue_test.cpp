#include "abi/wire/call_queue.h"

#include "tests/support/stepped.h"

#include <array>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <vector>

namespace farl::wire {

namespace {

// The words as both sides really have them.
struct SharedWords {
    std::atomic<uint64_t>* words { nullptr };
    uint64_t read(uint64_t index) const { return words[index].load(std::memory_order_acquire); }
    void write(uint64_t index, uint64_t word) const { words[index].store(word, std::memory_order_release); }
    void will_write(uint64_t) const { }
};

// The same, but every access is a place where another thread may go first.
struct SteppedWords {
    uint64_t* words { nullptr };
    uint64_t read(uint64_t index) const
    {
        Interleavings::step();
        return words[index];
    }
    void write(uint64_t index, uint64_t word) const
    {
        Interleavings::step();
        words[index] = word;
    }
    void will_write(uint64_t) const { }
};

constexpr uint64_t payload_of(uint32_t slot) { return slot * 1000; }

template <size_t PayloadSize>
struct SteppedQueue {
    uint64_t words[2 * kEntryWords] {}; // two entries: laps come soon
    CallQueueEnd<SteppedWords, PayloadSize, 1, SteppedAtomic> in, out;
    std::vector<uint32_t> seen;

    SteppedQueue()
    {
        in.initialise({ words });
        out.initialise({ words });
    }
    void put(uint32_t slot) { in.push(slot, { payload_of(slot) }); }
    std::optional<uint32_t> take()
    {
        auto message = out.pop();
        if (!message)
            return {};
        EXPECT_EQ(message->payload[0], PayloadSize ? payload_of(message->slot) : 0);
        seen.push_back(message->slot);
        return message->slot;
    }
    // By the threads, and by one who takes what they left.
    void expect_in_all(std::multiset<uint32_t> const& slots)
    {
        while (take())
            ;
        EXPECT_EQ(std::multiset<uint32_t>(seen.begin(), seen.end()), slots);
    }
};

} // namespace

TEST(CallQueue, gives_what_was_put_in_in_order_over_many_laps)
{
    std::vector<std::atomic<uint64_t>> words(16 * kEntryWords);
    CallQueueEnd<SharedWords, 2, 4> in, out;
    in.initialise({ words.data() });
    out.initialise({ words.data() });
    for (uint32_t round = 0; round < 100; ++round) {
        EXPECT_FALSE(out.pop());
        for (uint32_t slot = 0; slot < 16; ++slot)
            in.push(slot, { round, slot * round });
        for (uint32_t slot = 0; slot < 16; ++slot) {
            EXPECT_FALSE(out.has_next(16 - slot));
            EXPECT_TRUE(out.has_next(15 - slot));
            auto message = out.pop();
            ASSERT_TRUE(message);
            EXPECT_EQ(message->slot, slot);
            EXPECT_EQ(message->payload, (Payload { round, slot * round }));
        }
    }
}

TEST(CallQueue, every_interleaving_of_two_writers_and_a_reader_gives_each_slot_once)
{
    auto runs = Interleavings::explore([](Interleavings& schedule) {
        auto queue = std::make_shared<SteppedQueue<1>>();
        schedule.add([=] { queue->put(7); });
        schedule.add([=] { queue->put(8); });
        schedule.add([=] { queue->take(); });
        schedule.at_end([=] { queue->expect_in_all({ 7, 8 }); });
    });
    EXPECT_GT(runs, 1000u);
}

// Without payload, which would make it thousands of times as many.
TEST(CallQueue, every_interleaving_of_a_writer_and_two_readers_gives_each_slot_once)
{
    auto runs = Interleavings::explore([](Interleavings& schedule) {
        auto queue = std::make_shared<SteppedQueue<0>>();
        queue->put(7);
        schedule.add([=] { queue->put(8); });
        schedule.add([=] { queue->take(); });
        schedule.add([=] { queue->take(); });
        schedule.at_end([=] { queue->expect_in_all({ 7, 8 }); });
    });
    EXPECT_GT(runs, 1000u);
}

// A slot comes back only after it was taken, so there are never more in the queue than it has words.
TEST(CallQueue, every_interleaving_over_a_lap_gives_each_slot_once)
{
    auto runs = Interleavings::explore([](Interleavings& schedule) {
        auto queue = std::make_shared<SteppedQueue<1>>();
        queue->put(1);
        queue->put(2);
        auto take_and_return = [=] {
            if (auto slot = queue->take())
                queue->put(*slot + 10);
        };
        schedule.add(take_and_return);
        schedule.add(take_and_return);
        schedule.at_end([=] { queue->expect_in_all({ 1, 2, 11, 12 }); });
    });
    EXPECT_GT(runs, 100u);
}

TEST(CallQueue, a_reader_takes_a_word_of_another_lap_for_nothing)
{
    std::vector<std::atomic<uint64_t>> words(16 * kEntryWords);
    CallQueueEnd<SharedWords, 1, 4> out;
    out.initialise({ words.data() });
    for (uint64_t lap : { 0ull, 2ull, 0xffffffffull, 0x80000001ull }) {
        words[0] = lap << 32 | 5;
        EXPECT_FALSE(out.pop()) << lap;
    }
    words[0] = 1ull << 32 | 0xfffffff0; // whatever the number is: the reader's owner knows which slots there are
    EXPECT_EQ(out.pop().value().slot, 0xfffffff0u);
    EXPECT_FALSE(out.pop());
}

TEST(CallQueue, threads_pass_slots_around_without_loss)
{
    constexpr uint32_t kSlots = 64, kRounds = 200;
    constexpr auto kWords = kCallQueueEntries * kEntryWords;
    std::vector<std::atomic<uint64_t>> there(kWords), back(kWords);
    CallQueueEnd<SharedWords, kRequestWords> requests_in, requests_out;
    CallQueueEnd<SharedWords, kResponseWords> answers_in, answers_out;
    requests_in.initialise({ there.data() });
    requests_out.initialise({ there.data() });
    answers_in.initialise({ back.data() });
    answers_out.initialise({ back.data() });
    std::vector<uint32_t> count(kSlots);
    std::atomic<uint64_t> answered { 0 };
    auto work = [&] {
        while (answered.load() < uint64_t { kSlots } * kRounds) {
            if (auto request = requests_out.pop())
                answers_in.push(request->slot, { request->payload[0] + 1 });
            else
                std::this_thread::yield();
        }
    };
    std::jthread first(work), second(work);
    for (uint32_t slot = 0; slot < kSlots; ++slot)
        requests_in.push(slot, { slot });
    while (answered.load() < uint64_t { kSlots } * kRounds) {
        auto answer = answers_out.pop();
        if (!answer) {
            std::this_thread::yield();
            continue;
        }
        auto slot = answer->slot;
        ASSERT_LT(slot, kSlots);
        ++answered;
        ASSERT_EQ(answer->payload[0], slot + ++count[slot]);
        if (count[slot] < kRounds)
            requests_in.push(slot, { slot + count[slot] });
    }
    EXPECT_EQ(count, std::vector<uint32_t>(kSlots, kRounds));
}

} // namespace farl::wire
