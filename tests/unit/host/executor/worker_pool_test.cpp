// The worker pool under many slots at once. The executor is a fake: its calls return at once, take about as long as a
// worker watches before it sleeps, wait for their cancellation, or wait for another call that comes later.
#include "host/executor/async/worker_pool.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <poll.h>
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

// As the launcher's: a signal that comes between the look and the call ends the call.
int64_t wait_for_cancellation(uint64_t const* cancelled)
{
    sigset_t none;
    sigemptyset(&none);
    while (!__atomic_load_n(cancelled, __ATOMIC_SEQ_CST))
        ppoll(nullptr, 0, nullptr, &none);
    return -EINTR;
}

class FakeExecutor final : public Executor {
public:
    int64_t execute(LinuxCall const& call) override
    {
        auto& gate = gates_[call.arguments[0]];
        switch (call.number) {
        case Brief:
            pause_ns(static_cast<long>(call.arguments[1]));
            break;
        case UntilCancelled:
            ++waiting_;
            return wait_for_cancellation(call.cancelled);
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
        return static_cast<int64_t>(call.arguments[2]);
    }

    std::atomic<int> waiting_ { 0 }; // for their cancellation, ever

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
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals, &mask_before_); // workers inherit that
        renew_pool({});
    }
    void TearDown() override { pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr); }

    void renew_pool(WorkerPoolOptions options)
    {
        static auto& kept = *new std::vector<WorkerPool*>; // for ever: their workers are never joined
        kept.push_back(pool_ = new WorkerPool(executor_, ears_));
        options.cancel_signal = SIGUSR1;
        ASSERT_TRUE(pool().initialise(options).is_ok());
        auto addresses = pool().addresses();
        cancelled_ = reinterpret_cast<uint64_t*>(addresses.cancelled);
        workers_ = reinterpret_cast<wire::WorkerCounts*>(addresses.workers);
        watching_ = reinterpret_cast<uint64_t*>(addresses.watching);
        taken_ = reinterpret_cast<uint64_t*>(addresses.taken);
        requests_ = std::make_unique<RequestEnd>();
        responses_ = std::make_unique<ResponseEnd>();
        requests_->initialise(QueueWords(reinterpret_cast<uint64_t*>(addresses.requests)));
        responses_->initialise(QueueWords(reinterpret_cast<uint64_t*>(addresses.responses)));
    }

    WorkerPool& pool() { return *pool_; }

    void push(uint32_t slot, Kind kind, uint64_t gate, uint64_t time_ns, uint64_t value)
    {
        bool may_block = kind == UntilCancelled || kind == UntilReleased || kind == Brief;
        auto switches = wire::kCallIsCancellable | (may_block ? wire::kCallMayBlock : 0);
        __atomic_store_n(&cancelled_[slot], 0, __ATOMIC_SEQ_CST);
        is_outstanding_[slot].store(true);
        requests_->push(slot, { kind | switches, gate, time_ns, value });
    }

    void submit(uint32_t slot, Kind kind, uint64_t gate, uint64_t time_ns, uint64_t value)
    {
        push(slot, kind, gate, time_ns, value);
        // A fence and a look in one: ThreadSanitizer knows no fences.
        if (__atomic_fetch_add(watching_, 0, __ATOMIC_SEQ_CST) == 0) {
            ASSERT_EQ(pool().wake_worker(), 0);
        }
    }

    static constexpr int64_t kLost = -12345;

    int64_t await(uint32_t slot)
    {
        bool is_there = comes_true([&] {
            if (auto answered = responses_->pop()) {
                results_[answered->slot] = static_cast<int64_t>(answered->payload[0]);
                if (!is_outstanding_[answered->slot].exchange(false))
                    ++surplus_;
            }
            return !is_outstanding_[slot].load();
        });
        return is_there ? results_[slot].load() : kLost;
    }

    template <typename Condition>
    static bool comes_true(Condition&& condition)
    {
        auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            std::this_thread::yield();
        }
        return true;
    }

    wire::WorkerCounts workers() const
    {
        return { __atomic_load_n(&workers_->now, __ATOMIC_RELAXED),
            __atomic_load_n(&workers_->most, __ATOMIC_RELAXED) };
    }

    void run_rounds(uint32_t first, unsigned seed);

    std::atomic<int> surplus_ { 0 };

    struct Ears final : WorkerPool::Listener {
        bool on_response() override { return ++count, takes_note; }
        void on_untaken_response() override { ++untaken; }
        std::atomic<int> count { 0 };
        std::atomic<bool> takes_note { true };
        std::atomic<int> untaken { 0 };
    };
    Ears& ears_ { *new Ears }; // workers outlive the test, so what they use does as well

    FakeExecutor& executor_ { *new FakeExecutor };
    uint64_t* taken_ { nullptr };

private:
    sigset_t mask_before_ {};
    WorkerPool* pool_ { nullptr };
    uint64_t* cancelled_ { nullptr };
    uint64_t* watching_ { nullptr };
    wire::WorkerCounts* workers_ { nullptr };
    std::unique_ptr<RequestEnd> requests_;
    std::unique_ptr<ResponseEnd> responses_;
    std::atomic<bool> is_outstanding_[kSlots] {};
    std::atomic<int64_t> results_[kSlots] {};
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

TEST_F(WorkerPoolTest, a_cancellation_interrupts_a_call_that_blocks)
{
    for (int i = 0; i < 100; ++i) {
        submit(0, UntilCancelled, 0, 0, 0);
        ASSERT_TRUE(comes_true([&] { return executor_.waiting_ == i + 1; }));
        pause_ns(i % 2 ? 100'000 : 0); // it may not quite wait yet
        ASSERT_EQ(pool().cancel(0), 0);
        ASSERT_EQ(await(0), -EINTR);
    }
}

// One worker alone, so that nobody makes up for a wake-up that it misses, and one that falls asleep after each call.
TEST_F(WorkerPoolTest, a_request_that_comes_as_the_only_worker_falls_asleep_is_not_lost)
{
    renew_pool({ .watch_ticks = 0 });
    std::mt19937 random(5);
    for (uint64_t i = 0; i < 50'000; ++i) {
        submit(0, Immediate, 0, 0, i);
        ASSERT_EQ(await(0), static_cast<int64_t>(i));
        for (auto rounds = random() % 200; rounds; --rounds)
            __builtin_ia32_pause();
    }
}

// Somebody inside was to take the responses: whether they do decides whether a carrier is called.
TEST_F(WorkerPoolTest, a_carrier_is_called_for_responses_that_stay_untaken)
{
    renew_pool({ .patience_ticks = 1'000'000 });
    ears_.takes_note = false;
    submit(0, Immediate, 0, 0, 5);
    ASSERT_TRUE(comes_true([&] { return ears_.untaken == 1; }));
    EXPECT_EQ(await(0), 5);
    __atomic_store_n(taken_, 1, __ATOMIC_RELEASE);
    submit(0, Immediate, 0, 0, 6);
    EXPECT_EQ(await(0), 6);
    ASSERT_TRUE(comes_true([&] { return ears_.untaken == 2; })); // also by one that watches and has nothing to do
}

TEST_F(WorkerPoolTest, nobody_is_called_for_responses_that_were_taken)
{
    renew_pool({ .most_watching = 8,
        .patience_ticks = ~0ull,
        .watch_ticks = ~0ull,
        .away_ticks = ~0ull }); // none of them ever sleeps
    ears_.takes_note = false;
    submit(0, Immediate, 0, 0, 5);
    EXPECT_EQ(await(0), 5);
    __atomic_store_n(taken_, 1, __ATOMIC_RELEASE);
    submit(1, UntilReleased, 1, 0, 0);
    submit(2, Releasing, 1, 0, 0);
    EXPECT_EQ(await(1), 0);
    EXPECT_EQ(ears_.untaken, 0);
}

TEST_F(WorkerPoolTest, a_worker_that_goes_into_a_blocking_call_leaves_no_response_untaken)
{
    renew_pool({ .patience_ticks = ~0ull, .watch_ticks = ~0ull, .away_ticks = ~0ull });
    ears_.takes_note = false;
    submit(0, Immediate, 0, 0, 5);
    submit(1, UntilReleased, 1, 0, 0);
    EXPECT_TRUE(comes_true([&] { return ears_.untaken == 1; }));
    submit(2, Releasing, 1, 0, 0);
    EXPECT_EQ(await(1), 0);
}

std::atomic<int> starts { 0 };

TEST_F(WorkerPoolTest, who_sees_a_worker_on_its_way_starts_no_other_one)
{
    starts = 0;
    renew_pool({ .start_thread = [](pthread_t*, auto...) { return ++starts, 0; } });
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(pool().wake_worker(), 0);
    EXPECT_EQ(starts, 1);
}

TEST_F(WorkerPoolTest, who_can_have_no_worker_serves_the_request_alone)
{
    renew_pool({ .start_thread = [](pthread_t*, auto...) { return EAGAIN; } });
    push(3, Immediate, 0, 0, 42);
    EXPECT_EQ(pool().wake_worker(), -EAGAIN);
    EXPECT_EQ(pool().wake_worker(), -EAGAIN); // it does not count on the one that failed
    EXPECT_EQ(pool().serve_request(), 0);
    EXPECT_EQ(await(3), 42);
    EXPECT_EQ(pool().serve_request(), 0); // there is none left
    EXPECT_EQ(workers().now, 0u);
}

TEST_F(WorkerPoolTest, a_worker_with_more_than_it_can_do_wakes_another_one_up_to_the_limit)
{
    renew_pool({ .most_watching = 2 });
    for (uint32_t i = 0; i < kSlots; ++i)
        push(i, Immediate, 0, 0, i);
    ASSERT_EQ(pool().wake_worker(), 0);
    for (uint32_t i = 0; i < kSlots; ++i)
        ASSERT_EQ(await(i), i);
    EXPECT_EQ(workers().most, 2u);
}

TEST_F(WorkerPoolTest, workers_that_sleep_for_long_leave_but_one)
{
    renew_pool({ .longest_sleep = std::chrono::milliseconds(1) });
    constexpr uint32_t kBlocked = 8;
    for (uint32_t i = 0; i < kBlocked; ++i)
        submit(i, UntilReleased, i, 0, i);
    for (uint32_t i = 0; i < kBlocked; ++i)
        submit(kBlocked + i, Releasing, i, 0, i);
    for (uint32_t i = 0; i < 2 * kBlocked; ++i)
        ASSERT_EQ(await(i), i % kBlocked);
    EXPECT_GE(workers().most, kBlocked);
    EXPECT_TRUE(comes_true([&] { return workers().now == 1; }));
    submit(0, Immediate, 0, 0, 5);
    EXPECT_EQ(await(0), 5);
}

TEST_F(WorkerPoolTest, a_request_that_counted_on_a_worker_which_then_blocks_is_not_lost)
{
    for (int i = 0; i < 100; ++i) {
        renew_pool({}); // with one worker again
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
