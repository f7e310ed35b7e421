// Signals to the process and to single threads, queued and not, restarting calls and interrupting them, and timers that
// expire all the time.
#include "tests/soak/soak.h"

#include <csignal>
#include <ctime>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace soak {

namespace {

// Queued ones are counted at both ends.
struct Queued {
    std::atomic<uint64_t> sent { 0 };
    std::atomic<uint64_t> received { 0 };
};

Queued to_process, to_thread;
Progress* handled;
Progress* timer_expired;
Progress* interval_expired;

int process_signal() { return SIGRTMIN; }
int thread_signal() { return SIGRTMIN + 1; }
int timer_signal() { return SIGRTMIN + 2; }

void on_signal(int number)
{
    if (number == process_signal())
        ++to_process.received;
    if (number == thread_signal())
        ++to_thread.received;
    auto* progress = number == timer_signal() ? timer_expired : number == SIGALRM ? interval_expired : handled;
    progress->step();
}

void install_handlers()
{
    struct sigaction restarting { };
    restarting.sa_handler = on_signal;
    restarting.sa_flags = SA_RESTART;
    auto interrupting = restarting;
    interrupting.sa_flags = 0;
    for (int number : { SIGUSR1, SIGALRM, process_signal(), thread_signal(), timer_signal() })
        sigaction(number, &restarting, nullptr);
    sigaction(SIGUSR2, &interrupting, nullptr);
}

// The queue may be full for a while.
template <typename Send>
void queue_signal(Queued& counts, Send send)
{
    int error = send();
    check(error == 0 || error == EAGAIN, "a signal is queued, or the queue is full");
    if (error == 0)
        ++counts.sent;
}

void send_signals(std::vector<pthread_t> targets, Progress& progress)
{
    auto random = random_numbers();
    while (!is_stopping()) {
        auto target = targets[random() % targets.size()];
        switch (random() % 5) {
        case 0:
            kill(getpid(), SIGUSR1);
            break;
        case 1:
            pthread_kill(target, SIGUSR1);
            break;
        case 2:
            pthread_kill(target, SIGUSR2);
            break;
        case 3:
            queue_signal(to_process, [] { return sigqueue(getpid(), process_signal(), {}) == 0 ? 0 : errno; });
            break;
        case 4:
            queue_signal(to_thread, [&] { return pthread_sigqueue(target, thread_signal(), {}); });
            break;
        }
        progress.step();
        usleep(static_cast<useconds_t>(random() % 1000));
    }
}

timer_t create_timer(std::minstd_rand& random)
{
    sigevent event {};
    event.sigev_signo = timer_signal();
    event.sigev_notify = SIGEV_SIGNAL;
    if (random() % 2 == 0) {
        event.sigev_notify = SIGEV_THREAD_ID;
        event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    }
    timer_t timer;
    retry("timer_create", [&] { return timer_create(CLOCK_MONOTONIC, &event, &timer); });
    timespec interval { .tv_sec = 0, .tv_nsec = static_cast<long>(1 + random() % 10) * 1'000'000 };
    itimerspec setting { .it_interval = interval, .it_value = interval };
    retry("timer_settime", [&] { return timer_settime(timer, 0, &setting, nullptr); });
    return timer;
}

void set_interval_timer(suseconds_t every_us)
{
    itimerval setting { .it_interval = { 0, every_us }, .it_value = { 0, every_us } };
    retry("setitimer", [&] { return setitimer(ITIMER_REAL, &setting, nullptr); });
}

void keep_timers(Progress& progress)
{
    auto random = random_numbers();
    timer_t timers[6];
    for (auto& timer : timers)
        timer = create_timer(random);
    set_interval_timer(7'000);
    while (!is_stopping()) {
        usleep(static_cast<useconds_t>(random() % 50'000));
        auto& timer = timers[random() % std::size(timers)];
        retry("timer_delete", [&] { return timer_delete(timer); });
        timer = create_timer(random);
        progress.step();
    }
    set_interval_timer(0);
    for (auto& timer : timers)
        timer_delete(timer);
}

void await_all(Queued const& counts, char const* where)
{
    for (int i = 0; i < 300 && counts.received < counts.sent; ++i)
        usleep(100'000);
    if (counts.received != counts.sent)
        fail("%lu signals queued to %s, %lu received", counts.sent.load(), where, counts.received.load());
}

} // namespace

Threads start_signals(std::vector<pthread_t> targets)
{
    handled = &Progress::create("handlers");
    timer_expired = &Progress::create("timers");
    interval_expired = &Progress::create("interval timer");
    install_handlers();
    Threads threads;
    threads.emplace_back(send_signals, std::move(targets), std::ref(Progress::create("sender")));
    threads.emplace_back(keep_timers, std::ref(Progress::create("timer keeper")));
    return threads;
}

void check_signals()
{
    await_all(to_process, "the process");
    await_all(to_thread, "threads");
}

} // namespace soak
