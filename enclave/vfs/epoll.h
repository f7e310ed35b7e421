// Epoll: an epoll set over objects inside and descriptors of the host. Objects inside report to it (ReadyObserver);
// host descriptors are mirrored in an epoll instance of the host, whose `data` is a key of ours, never the
// application's. Lock order: control_ (outer set before inner), an object's own lock, its ReadySource, lock_.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/anonymous_file.h"

#include <sys/epoll.h>

namespace farl {

// One descriptor in a set. Owned by the set; the file is alive as long as the entry is among its watches.
class EpollEntry final : public FileWatch, public ReadyObserver {
public:
    void became_ready(uint32_t events) override;

    static constexpr uint32_t kPrivateBits = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;
    uint32_t wanted() const { return events.load(std::memory_order_relaxed) & ~kPrivateBits; }
    // After the one report of EPOLLONESHOT, until it is modified.
    void disable() { events.store(events.load(std::memory_order_relaxed) & kPrivateBits); }

    File* file { nullptr };
    ReadySource* source { nullptr }; // null: the host alone knows about it
    int number { -1 };
    uint32_t sequence { 0 };            // with the number it is the key the host gets
    std::atomic<uint32_t> events { 0 }; // this and the rest under Epoll::lock_
    uint64_t data { 0 };
    int host_number { -1 };
    HostDescriptor duplicate; // if the file is in the set under another number as well
    EpollEntry* next_same_number { nullptr };
    ListLink queue_link;
};

class Epoll final : public AnonymousFile {
public:
    static Result<Ref<Epoll>> create();
    ~Epoll() override;

    // epoll_ctl(2); an entry is known by the number and the file together.
    Result<> add(int number, File& file, epoll_event const& event);
    Result<> modify(int number, File& file, epoll_event const& event);
    Result<> remove(int number, File& file);
    // epoll_wait(2): writes up to `most` events to the application.
    Result<size_t> wait(uint64_t user_events, size_t most, uint64_t deadline_ns);

    // A file that lived inside got a descriptor of the host's: the sets it is in watch that too.
    static Result<> follow_to_host(File& file);

    uint32_t ready_events() override;
    ReadySource* ready_source() override { return &readiness_; }
    int host_descriptor() const override { return host_.number(); }
    Epoll* as_epoll() override { return this; }

private:
    friend class EpollEntry;
    friend class File;
    class Waiting;
    struct Waiter {
        Fiber* fiber;
        ListLink link;
    };

    explicit Epoll(HostDescriptor host) : AnonymousFile(2), host_(std::move(host)) { }

    static void forget_everywhere(File& file);
    void forget(File& file);
    Result<> follow(File& file);
    EpollEntry* find_watch(File& file, bool is_only_inside);
    void discard(EpollEntry& entry);
    EpollEntry* find(int number, File const& file);
    EpollEntry* find_key(uint64_t key);
    Result<> insert(EpollEntry& entry);
    void unlink(EpollEntry& entry);
    void queue_if_ready(EpollEntry& entry);
    Result<> add_checked(int number, File& file, epoll_event const& event);
    bool reaches(Epoll const& target, int depth);
    Result<> add_to_host(EpollEntry& entry);
    Result<> host_control(int operation, EpollEntry const& entry);

    void queue(EpollEntry& entry);
    void requeue(EpollEntry& entry);
    EpollEntry* pop_ready();
    size_t look_ahead();
    bool take_event(epoll_event& event);
    Result<size_t> collect_inside(uint64_t user_events, size_t most);
    Result<size_t> collect_from_host(uint64_t user_events, size_t most, uint64_t deadline_ns);
    HostAnswer ask_host(HostAddress buffer, size_t most, uint64_t deadline_ns);
    size_t translate(epoll_event* events, size_t count);
    Result<size_t> wait_once(uint64_t user_events, size_t most, uint64_t deadline_ns);
    bool host_has_events();
    void wake_one();
    void kick_parked();

    HostDescriptor host_;
    Mutex control_; // changes of the set, and looking at what is ready

    Spinlock lock_; // all below
    Vector<EpollEntry*> by_number_;
    uint32_t next_sequence_ { 1 };
    std::atomic<size_t> host_count_ { 0 };
    std::atomic<size_t> ready_count_ { 0 };
    IntrusiveList<EpollEntry, &EpollEntry::queue_link> ready_;
    IntrusiveList<Waiter, &Waiter::link> waiters_;
};

} // namespace farl
