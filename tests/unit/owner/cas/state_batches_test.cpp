#include "owner/cas/state_batches.h"

#include <future>
#include <gtest/gtest.h>
#include <semaphore>
#include <thread>

namespace farl::owner {

namespace {

using std::chrono::seconds;

// A store that takes its time: each batch waits until it may go on.
class StateBatchesTest : public testing::Test {
protected:
    static constexpr uint64_t kFails = 13; // a batch with this one

    std::vector<KeptOrDenied> keep_all(std::span<ToldState const> told)
    {
        sizes_.push_back(told.size());
        begun_.release();
        may_go_on_.acquire();
        std::vector<KeptOrDenied> answers;
        for (auto const& one : told) {
            if (one.state.state.sequence == kFails)
                throw DatabaseError("no room");
            answers.emplace_back(seconds(one.state.state.sequence));
        }
        return answers;
    }

    // By another thread.
    std::future<KeptOrDenied> tell(uint64_t sequence)
    {
        return std::async(std::launch::async, [this, sequence] {
            return batches_.keep({ { .session = "shop", .volume = "data", .state = { sequence, {} } }, {} });
        });
    }
    // All of these, while the one before them is kept. It is seen that they wait.
    std::vector<std::future<KeptOrDenied>> tell_meanwhile(std::initializer_list<uint64_t> sequences)
    {
        std::vector<std::future<KeptOrDenied>> told;
        size_t count = 0;
        for (auto sequence : sequences) {
            told.push_back(tell(sequence));
            for (++count; batches_.waiting_count() < count;)
                std::this_thread::yield();
        }
        return told;
    }

    std::mutex answering_;
    std::vector<size_t> sizes_;
    std::counting_semaphore<> begun_ { 0 }, may_go_on_ { 0 };
    StateBatches batches_ { answering_, [this](std::span<ToldState const> told) { return keep_all(told); } };
};

} // namespace

TEST_F(StateBatchesTest, keeps_together_what_comes_while_others_are_kept)
{
    auto first = tell(1);
    begun_.acquire();
    auto others = tell_meanwhile({ 2, 3, 4, 5 });
    may_go_on_.release(2);

    EXPECT_EQ(std::get<seconds>(first.get()), seconds(1));
    for (uint64_t i = 0; i < others.size(); ++i)
        EXPECT_EQ(std::get<seconds>(others[i].get()), seconds(2 + i));
    EXPECT_EQ(sizes_, (std::vector<size_t> { 1, 4 }));
}

TEST_F(StateBatchesTest, takes_along_who_comes_before_it_is_its_turn)
{
    std::unique_lock busy(answering_); // with anything else that a CAS answers
    auto told = tell_meanwhile({ 1, 2, 3 });
    busy.unlock();
    may_go_on_.release(1);
    for (auto& one : told)
        one.get();
    EXPECT_EQ(sizes_, (std::vector<size_t> { 3 }));
}

TEST_F(StateBatchesTest, answers_nobody_before_the_batch_is_kept)
{
    auto first = tell(1);
    begun_.acquire();
    auto others = tell_meanwhile({ 2, 3 });
    may_go_on_.release();
    first.get();
    begun_.acquire(); // theirs
    for (auto& one : others)
        EXPECT_EQ(one.wait_for(std::chrono::milliseconds(10)), std::future_status::timeout);
    may_go_on_.release();
    for (auto& one : others)
        one.get();
}

TEST_F(StateBatchesTest, a_failure_is_that_of_all_in_its_batch_and_of_no_other)
{
    auto first = tell(1);
    begun_.acquire();
    auto others = tell_meanwhile({ 2, kFails, 3 });
    may_go_on_.release(2);
    EXPECT_NO_THROW(first.get());
    for (auto& one : others)
        EXPECT_THROW(one.get(), DatabaseError);

    may_go_on_.release();
    EXPECT_NO_THROW(tell(4).get());
}

} // namespace farl::owner
