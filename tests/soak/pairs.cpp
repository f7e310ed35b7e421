// Pairs of threads that hand a number to each other and wait for it to come back, each pair in another way. A wake-up
// that gets lost stops a pair for ever.
#include "tests/soak/soak.h"

#include <condition_variable>
#include <linux/futex.h>
#include <memory>
#include <mutex>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace soak {

namespace {

constexpr uint64_t kLast = ~0ull >> 8;

// One direction: a number given at one side is taken at the other.
class Way {
public:
    virtual ~Way() = default;
    virtual void give(uint64_t number) = 0;
    virtual uint64_t take() = 0;
};

void write_number(int file, uint64_t number)
{
    auto size = retry("write", [&] { return write(file, &number, sizeof number); });
    check(size == sizeof number, "a number is written whole");
}

uint64_t read_number(int file)
{
    uint64_t number;
    auto size = retry("read", [&] { return read(file, &number, sizeof number); });
    check(size == sizeof number, "a number is read whole");
    return number;
}

class Pipe : public Way {
public:
    Pipe()
    {
        retry("pipe", [&] { return pipe(ends_); });
    }
    ~Pipe() override { close(ends_[0]), close(ends_[1]); }
    void give(uint64_t number) override { write_number(ends_[1], number); }
    uint64_t take() override { return read_number(ends_[0]); }

protected:
    int ends_[2];
};

class PolledPipe : public Pipe {
public:
    uint64_t take() override
    {
        pollfd waiting { .fd = ends_[0], .events = POLLIN, .revents = 0 };
        retry("poll", [&] { return poll(&waiting, 1, -1); });
        return Pipe::take();
    }
};

class EpolledPipe : public Pipe {
public:
    EpolledPipe() : epoll_(retry("epoll_create1", [] { return epoll_create1(0); }))
    {
        epoll_event interest { .events = EPOLLIN | EPOLLET, .data = {} };
        retry("epoll_ctl", [&] { return epoll_ctl(epoll_, EPOLL_CTL_ADD, ends_[0], &interest); });
    }
    ~EpolledPipe() override { close(epoll_); }
    uint64_t take() override
    {
        epoll_event event;
        retry("epoll_wait", [&] { return epoll_wait(epoll_, &event, 1, -1); });
        return Pipe::take();
    }

private:
    int epoll_;
};

class SocketPair : public Way {
public:
    SocketPair()
    {
        retry("socketpair", [&] { return socketpair(AF_UNIX, SOCK_STREAM, 0, ends_); });
    }
    ~SocketPair() override { close(ends_[0]), close(ends_[1]); }
    void give(uint64_t number) override { write_number(ends_[1], number); }
    uint64_t take() override { return read_number(ends_[0]); }

private:
    int ends_[2];
};

// Of an eventfd's number, zero is none.
class EventFd : public Way {
public:
    EventFd() : file_(retry("eventfd", [] { return eventfd(0, 0); })) { }
    ~EventFd() override { close(file_); }
    void give(uint64_t number) override { write_number(file_, number + 1); }
    uint64_t take() override { return read_number(file_) - 1; }

private:
    int file_;
};

class Condition : public Way {
public:
    void give(uint64_t number) override
    {
        std::lock_guard guard(lock_);
        number_ = number, is_full_ = true;
        filled_.notify_one();
    }
    uint64_t take() override
    {
        std::unique_lock guard(lock_);
        filled_.wait(guard, [&] { return is_full_; });
        is_full_ = false;
        return number_;
    }

private:
    std::mutex lock_;
    std::condition_variable filled_;
    uint64_t number_ { 0 };
    bool is_full_ { false };
};

class Semaphore : public Way {
public:
    Semaphore() { sem_init(&semaphore_, 0, 0); }
    ~Semaphore() override { sem_destroy(&semaphore_); }
    void give(uint64_t number) override
    {
        number_ = number;
        sem_post(&semaphore_);
    }
    uint64_t take() override
    {
        retry("sem_wait", [&] { return sem_wait(&semaphore_); });
        return number_;
    }

private:
    sem_t semaphore_;
    uint64_t number_ { 0 };
};

// futex(2) itself.
class Futex : public Way {
public:
    void give(uint64_t number) override
    {
        number_ = number;
        word_.store(1);
        syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    uint64_t take() override
    {
        while (word_.exchange(0) == 0)
            syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        return number_;
    }

private:
    std::atomic<uint32_t> word_ { 0 };
    uint64_t number_ { 0 };
};

// A signal for one thread, which waits for it with sigwaitinfo.
class DirectedSignal : public Way {
public:
    void give(uint64_t number) override
    {
        number_ = number;
        while (!taker_)
            usleep(1000);
        pthread_kill(*taker_, signal_number());
    }
    uint64_t take() override
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, signal_number());
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        self_ = pthread_self();
        taker_ = &self_;
        retry("sigwaitinfo", [&] { return sigwaitinfo(&set, nullptr); });
        return number_;
    }

private:
    static int signal_number() { return SIGRTMIN + 5; }
    std::atomic<pthread_t*> taker_ { nullptr };
    pthread_t self_ {};
    std::atomic<uint64_t> number_ { 0 };
};

struct Pair {
    Way& there;
    Way& back;
    Progress& progress;
};

void begin(Pair pair)
{
    for (uint64_t number = 0;; ++number) {
        auto given = is_stopping() ? kLast : number;
        pair.there.give(given);
        check(pair.back.take() == given, pair.progress.name.c_str());
        if (given == kLast)
            return;
        pair.progress.step();
    }
}

void answer(Pair pair)
{
    for (uint64_t number = 0; number != kLast; pair.back.give(number))
        number = pair.there.take();
}

template <typename Kind>
void add_pair(Threads& threads, char const* name)
{
    static Kind there, back;
    Pair pair { there, back, Progress::create(name) };
    threads.emplace_back(begin, pair);
    threads.emplace_back(answer, pair);
}

} // namespace

Threads start_pairs()
{
    Threads threads;
    add_pair<Pipe>(threads, "pipe");
    add_pair<PolledPipe>(threads, "poll");
    add_pair<EpolledPipe>(threads, "epoll");
    add_pair<SocketPair>(threads, "socketpair");
    add_pair<EventFd>(threads, "eventfd");
    add_pair<Condition>(threads, "condition");
    add_pair<Semaphore>(threads, "semaphore");
    add_pair<Futex>(threads, "futex");
    add_pair<DirectedSignal>(threads, "sigwaitinfo");
    return threads;
}

} // namespace soak
