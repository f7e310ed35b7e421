// Asynchronous signals: none is lost, wherever it hits.
#include "tests/platform/test_enclave.h"

#include <atomic>
#include <gtest/gtest.h>
#include <pthread.h>
#include <thread>
#include <time.h>
#include <unistd.h>

namespace farl::host {

using Kind = Outcome::Kind;

namespace {

constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;

std::atomic<uint64_t> signals_seen { 0 };

void count_signal(int, siginfo_t const&, ucontext_t&) { signals_seen.fetch_add(1); }

// Sends SIGUSR1 to the thread that makes it.
timer_t make_timer()
{
    sigevent event {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event._sigev_un._tid = gettid();
    timer_t timer {};
    EXPECT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    return timer;
}

// SIGUSR1 to the thread that makes it, at this interval of time, until the object goes.
class Attacker {
public:
    explicit Attacker(long interval_ns)
    {
        itimerspec const times { { 0, interval_ns }, { 0, interval_ns } };
        EXPECT_EQ(timer_settime(timer_, 0, &times, nullptr), 0);
    }
    ~Attacker() { timer_delete(timer_); }

private:
    timer_t timer_ { make_timer() };
};

void pause_for(long nanoseconds)
{
    timespec const time { 0, nanoseconds };
    nanosleep(&time, nullptr);
}

class Interrupt : public testing::Test {
protected:
    Interrupt()
    {
        MUST(platform().on_signal(SIGUSR1, count_signal));
        platform().take_interrupt();
    }

    Owned<Enclave> enclave { TestEnclave::make() };
};

} // namespace

TEST_F(Interrupt, a_signal_in_the_enclave_makes_enter_return_and_the_enclave_resumes_unharmed)
{
    auto& stop = *reinterpret_cast<uint64_t volatile*>(TestEnclave::carrier(0) + 192);
    uint64_t interrupts = 0;
    {
        Attacker attacker(100'000);
        auto result = call(*enclave, kTcs, Command::Forever);
        while (result.outcome.kind == Kind::Interrupt) {
            ++interrupts;
            EXPECT_EQ(TestEnclave::gprs(0).exit_info, 0u);
            if (interrupts == 300)
                stop = 1;
            result = enter(*enclave, kTcs, EntryLeaf::Resume);
        }
        EXPECT_EQ(result.outcome.kind, Kind::Exit);
        EXPECT_EQ(result.registers.rdi, 1u);
        EXPECT_GT(result.registers.rsi, 0u);
    }
    EXPECT_GE(interrupts, 300u);
}

// Resumes until the enclave exits; counts the interrupts.
uint64_t resume_to_exit(Enclave& enclave, Call& result)
{
    uint64_t interrupts = 0;
    for (; result.outcome.kind == Kind::Interrupt; ++interrupts)
        result = enter(enclave, kTcs, EntryLeaf::Resume);
    EXPECT_EQ(result.outcome.kind, Kind::Exit);
    return interrupts;
}

TEST_F(Interrupt, every_signal_is_followed_by_an_interrupt)
{
    Attacker attacker(70'003);
    uint64_t calls = 0;
    auto const deadline = time(nullptr) + 3;
    while (time(nullptr) < deadline) {
        auto const before = signals_seen.load();
        auto result = call(*enclave, kTcs, Command::Echo, 3);
        auto const interrupts = resume_to_exit(*enclave, result);
        ASSERT_EQ(result.registers.rsi, 3u);
        ++calls;
        if (interrupts || signals_seen == before)
            continue;
        // A signal came and no Interrupt yet: it must be the next thing.
        auto next = call(*enclave, kTcs, Command::Echo);
        ASSERT_EQ(next.outcome.kind, Kind::Interrupt);
        resume_to_exit(*enclave, next);
    }
    EXPECT_GT(calls, 1000u);
    EXPECT_GT(signals_seen, 1000u);
}

// One SIGUSR1 to this thread after `delay_ns`.
void send_after(timer_t timer, long delay_ns)
{
    itimerspec const time { {}, { 0, delay_ns } };
    EXPECT_EQ(timer_settime(timer, 0, &time, nullptr), 0);
}

// The enclave stays inside until a signal comes: one that is noted too late, or not at all, is a stay without end.
TEST_F(Interrupt, a_signal_at_any_point_of_the_entry_ends_the_stay)
{
    auto& stop = *reinterpret_cast<uint64_t volatile*>(TestEnclave::carrier(0) + 192);
    auto const timer = make_timer();
    std::atomic<int> round { 0 };
    constexpr int kRounds = 3000;
    std::thread watchdog([&] {
        for (int last = -1; last != round && round < kRounds;) {
            last = round;
            pause_for(999'999'999);
            pause_for(999'999'999);
        }
        stop = 1;
    });
    for (; round < kRounds && !HasFailure(); ++round) {
        stop = 0;
        send_after(timer, 1000 + round * 7);
        auto result = call(*enclave, kTcs, Command::Forever);
        EXPECT_EQ(result.outcome.kind, Kind::Interrupt) << "round " << round;
        stop = 1;
        EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exit);
    }
    round = kRounds;
    timer_delete(timer);
    watchdog.join();
}

TEST_F(Interrupt, a_signal_before_the_entry_is_reported_before_the_enclave_runs)
{
    call(*enclave, kTcs, Command::Echo);
    auto const word = TestEnclave::kBase + TestEnclave::kData;
    raise(SIGUSR1);
    auto result = call(*enclave, kTcs, Command::Count, word, 5);
    EXPECT_EQ(result.outcome.kind, Kind::Interrupt);
    EXPECT_EQ(*reinterpret_cast<uint64_t*>(word), 0u);
    EXPECT_EQ(TestEnclave::gprs(0).rip, TestEnclave::kBase + TestEnclave::kCode);
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exit);
    EXPECT_EQ(*reinterpret_cast<uint64_t*>(word), 5u);
}

TEST_F(Interrupt, a_signal_before_the_resume_leaves_the_saved_state_alone)
{
    ASSERT_EQ(call(*enclave, kTcs, Command::RaiseUd).outcome.kind, Kind::Exception);
    auto const rip = TestEnclave::gprs(0).rip;
    raise(SIGUSR1);
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Interrupt);
    EXPECT_EQ(TestEnclave::gprs(0).rip, rip);
    EXPECT_EQ(TestEnclave::gprs(0).exit_info, 0u);
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).outcome.kind, Kind::Exception);
}

TEST_F(Interrupt, one_that_was_taken_is_not_reported)
{
    call(*enclave, kTcs, Command::Echo);
    EXPECT_FALSE(platform().take_interrupt());
    raise(SIGUSR1);
    EXPECT_TRUE(platform().take_interrupt());
    EXPECT_EQ(call(*enclave, kTcs, Command::Echo).outcome.kind, Kind::Exit);
}

TEST_F(Interrupt, the_signal_mask_is_what_it_was_before)
{
    auto& stop = *reinterpret_cast<uint64_t volatile*>(TestEnclave::carrier(0) + 192);
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    {
        Attacker attacker(1'000'000);
        auto result = call(*enclave, kTcs, Command::Forever);
        ASSERT_EQ(result.outcome.kind, Kind::Interrupt);
        stop = 1;
        resume_to_exit(*enclave, result);
    }
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int signal = 1; signal < NSIG; ++signal)
        EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
}

TEST_F(Interrupt, every_register_survives_signals_and_faults_at_once)
{
    Attacker attacker(90'007);
    constexpr uint64_t kFaults = 5000;
    uint64_t faults = 0, interrupts = 0;
    auto result = call(*enclave, kTcs, Command::AllRegisters, kFaults);
    while (result.outcome.kind != Kind::Exit) {
        ASSERT_NE(result.outcome.kind, Kind::Refused);
        if (result.outcome.kind == Kind::Exception) {
            ++faults;
            auto handler = enter(*enclave, kTcs, EntryLeaf::Enter, { .rsi = 2 });
            interrupts += resume_to_exit(*enclave, handler);
        } else {
            ++interrupts;
        }
        result = enter(*enclave, kTcs, EntryLeaf::Resume);
    }
    EXPECT_EQ(result.registers.rdi, 1u);
    EXPECT_EQ(faults, kFaults);
    EXPECT_GT(interrupts, 10u);
}

TEST_F(Interrupt, a_fault_signal_that_a_process_sent_is_a_signal_and_no_exception)
{
    for (int signal : { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS })
        ASSERT_TRUE(platform().on_signal(signal, count_signal));
    auto& stop = *reinterpret_cast<uint64_t volatile*>(TestEnclave::carrier(0) + 192);
    for (int signal : { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS }) {
        stop = 0;
        auto const before = signals_seen.load();
        std::thread sender([signal, target = pthread_self()] {
            pause_for(5'000'000);
            pthread_kill(target, signal);
        });
        EXPECT_EQ(call(*enclave, kTcs, Command::Forever).outcome.kind, Kind::Interrupt) << signal;
        EXPECT_EQ(signals_seen, before + 1);
        EXPECT_EQ(TestEnclave::gprs(0).exit_info, 0u);
        stop = 1;
        EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).registers.rdi, 1u);
        sender.join();
    }
    for (int signal : { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS })
        ASSERT_TRUE(platform().on_signal(signal, nullptr));
}

TEST(InterruptDeath, a_fault_of_the_host_itself_ends_the_process_by_that_signal)
{
    auto const crash = [] {
        auto enclave = TestEnclave::make();
        call(*enclave, kTcs, Command::Echo);
        *reinterpret_cast<int volatile*>(kTcs) = 1;
    };
    EXPECT_EXIT(crash(), testing::KilledBySignal(SIGSEGV), "");
    EXPECT_EXIT(raise(SIGFPE), testing::KilledBySignal(SIGFPE), "");
}

} // namespace farl::host
