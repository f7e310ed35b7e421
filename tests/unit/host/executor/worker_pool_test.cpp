// The worker pool under many slots at once. The executor is a fake: its calls return at once, take about as long as a
// worker watches before it sleeps, wait for their cancellation, or wait for another call that comes later.
#include "host/executor/async/worker_pool.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace farl::host {
namespace {

constexpr uint32_t kSlots = 96;
constexpr int kThreads = 3;
constexpr int kRounds = 120; // of each thread, with all of its slots
constexpr uint32_t kSlotsOfThread = kSlots / kThreads;

enum Kind : uint64_t { Immediate, Brief, UntilCancelled, UntilReleased, Releasing, kKinds };

void pause_ns(long ns)
{
    timespec const time { 0, ns };
    nanosleep(&time, nullptr);
}

class FakeExecutor final : public Executor {
public:
    int64_t execute(wire::HostCallSlot& slot) override
    {
        auto& gate = gates_[slot.arguments[0]];
        switch (slot.number) {
        case Brief:
            pause_ns(static_cast<long>(slot.arguments[1]));
            break;
        case UntilCancelled:
            while (!__atomic_load_n(&slot.cancelled, __ATOMIC_ACQUIRE))
                pause_ns(50'000);
            return -EINTR;
        case UntilReleased:
            while (!gate.exchange(false))
                pause_ns(50'000);
            break;
        case Releasing:
            gate.store(true);
            break;
        default:
            break;
        }
        return static_cast<int64_t>(slot.arguments[2]);
    }

private:
    std::atomic<bool> gates_[kSlots] {};
};

// The enclave's side: what is in AsyncCalls, with threads in place of fibers.
class WorkerPoolTest : public testing::Test {
protected:
    void SetUp() override
    {
        struct sigaction action { };
        action.sa_handler = [](int) {};
        sigaction(SIGUSR1, &action, nullptr);
        renew_pool();
    }

    void renew_pool()
    {
        static auto& kept = *new std::vector<WorkerPool*>; // for ever: their workers are never joined
        kept.push_back(pool_ = new WorkerPool(executor_, ears_));
        ASSERT_TRUE(pool().initialise(SIGUSR1).is_ok());
        auto addresses = pool().addresses();
        slots_ = reinterpret_cast<wire::HostCallSlot*>(addresses.slots);
        watching_ = reinterpret_cast<uint64_t*>(addresses.watching);
        requests_ = std::make_unique<Queue>();
        responses_ = std::make_unique<Queue>();
        requests_->initialise(QueueWords(reinterpret_cast<uint64_t*>(addresses.requests)));
        responses_->initialise(QueueWords(reinterpret_cast<uint64_t*>(addresses.responses)));
    }

    WorkerPool& pool() { return *pool_; }

    void submit(uint32_t index, Kind kind, uint64_t gate, uint64_t time_ns, uint64_t value)
    {
        auto& slot = slots_[index];
        slot = {};
        slot.number = kind;
        slot.arguments[0] = gate;
        slot.arguments[1] = time_ns;
        slot.arguments[2] = value;
        slot.may_block = kind == UntilCancelled || kind == UntilReleased || kind == Brief;
        is_outstanding_[index].store(true);
        requests_->push(index);
        // A fence and a look in one: ThreadSanitizer knows no fences.
        if (__atomic_fetch_add(watching_, 0, __ATOMIC_SEQ_CST) == 0) {
            ASSERT_EQ(pool().wake_worker(), 0);
        }
    }

    int64_t await(uint32_t index)
    {
        while (is_outstanding_[index].load()) {
            auto answered = responses_->pop();
            if (answered && !is_outstanding_[*answered].exchange(false))
                ++surplus_;
            if (!answered)
                std::this_thread::yield();
        }
        return slots_[index].result;
    }

    void run_rounds(uint32_t first, unsigned seed);

    std::atomic<int> surplus_ { 0 };

    struct Ears final : WorkerPool::Listener {
        void on_response() override { ++count; }
        std::atomic<int> count { 0 };
    };
    Ears& ears_ { *new Ears }; // workers outlive the test, so what they use does as well

private:
    FakeExecutor& executor_ { *new FakeExecutor };
    WorkerPool* pool_ { nullptr };
    wire::HostCallSlot* slots_ { nullptr };
    uint64_t* watching_ { nullptr };
    using Queue = wire::CallQueueEnd<QueueWords>;
    std::unique_ptr<Queue> requests_;
    std::unique_ptr<Queue> responses_;
    std::atomic<bool> is_outstanding_[kSlots] {};
};

// In each round the slots' calls are of random kinds; one that waits is followed by the one that lets it go.
void WorkerPoolTest::run_rounds(uint32_t first, unsigned seed)
{
    std::mt19937 random(seed);
    for (uint64_t round = 0; round < kRounds; ++round) {
        std::vector<Kind> kinds;
        while (kinds.size() < kSlotsOfThread)
            kinds.push_back(
                kinds.empty() || kinds.back() != UntilReleased ? static_cast<Kind>(random() % Releasing) : Releasing);
        if (kinds.back() == UntilReleased)
            kinds.back() = Immediate;
        for (uint32_t i = 0; i < kSlotsOfThread; ++i)
            submit(first + i, kinds[i], first + i - (kinds[i] == Releasing), random() % 100'000, round << 16 | i);
        for (uint32_t i = 0; i < kSlotsOfThread; ++i)
            if (kinds[i] == UntilCancelled) {
                ASSERT_EQ(pool().cancel(first + i), 0);
            }
        for (uint32_t i = 0; i < kSlotsOfThread; ++i) {
            auto wanted = kinds[i] == UntilCancelled ? -EINTR : static_cast<int64_t>(round << 16 | i);
            ASSERT_EQ(await(first + i), wanted);
        }
        pause_ns(random() % 150'000); // workers fall asleep now and then
    }
}

TEST_F(WorkerPoolTest, every_call_is_answered_once_however_others_block)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([this, i] { run_rounds(i * kSlotsOfThread, 17 + i); });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(surplus_.load(), 0);
    EXPECT_EQ(pool().response_count(), static_cast<uint64_t>(kRounds) * kSlots);
    // The last listener may be told a moment after its answer has been taken.
    while (ears_.count.load() < static_cast<int>(kRounds * kSlots))
        std::this_thread::yield();
}

TEST_F(WorkerPoolTest, a_cancellation_that_comes_before_the_call_begins_is_not_lost)
{
    for (int i = 0; i < 2000; ++i) {
        submit(0, UntilCancelled, 0, 0, 0);
        ASSERT_EQ(pool().cancel(0), 0);
        ASSERT_EQ(await(0), -EINTR);
    }
}

// One worker alone, so that nobody makes up for a wake-up that it misses.
TEST_F(WorkerPoolTest, a_request_that_comes_as_the_only_worker_falls_asleep_is_not_lost)
{
    std::mt19937 random(5);
    for (uint64_t i = 0; i < 10'000; ++i) {
        submit(0, Immediate, 0, 0, i);
        ASSERT_EQ(await(0), static_cast<int64_t>(i));
        for (auto rounds = random() % 4000; rounds; --rounds)
            __builtin_ia32_pause();
    }
}

TEST_F(WorkerPoolTest, a_request_that_counted_on_a_worker_which_then_blocks_is_not_lost)
{
    for (int i = 0; i < 100; ++i) {
        renew_pool(); // with one worker again
        submit(0, Immediate, 0, 0, 0);
        await(0);
        submit(0, UntilReleased, 1, 0, 2);
        submit(1, Releasing, 1, 0, 3);
        ASSERT_EQ(await(0), 2);
        ASSERT_EQ(await(1), 3);
    }
}

} // namespace
} // namespace farl::host
