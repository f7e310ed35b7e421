// PipeQueue: the bytes of a pipe or FIFO, inside the enclave. What is written never leaves.
// Lock order: one of the copy mutexes, then lock_, then a ReadySource.
#pragma once

#include "base/ref.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/byte_ring.h"
#include "enclave/vfs/file_status.h"
#include "enclave/vfs/ready.h"

namespace farl {

// An open file that reads, writes or does both. A pipe has one of each, a FIFO any number.
struct PipeUser {
    ReadySource* readiness { nullptr };
    bool reads { false };
    bool writes { false };
    uint64_t readers_before { 0 }, writers_before { 0 }; // that had come when it came
    ListLink reading_link;
    ListLink writing_link;
};

// The queue itself. A reader copies out of the filled part while it holds read_mutex_, a writer into the free part
// while it holds write_mutex_; lock_ guards where these parts begin and end.
class PipeQueue : public RefCounted<PipeQueue> {
public:
    static constexpr size_t kDefaultCapacity = 64 * 1024;
    static constexpr size_t kAtomicWrite = 4096; // PIPE_BUF

    // With packets, each write of up to PIPE_BUF bytes is read by itself (O_DIRECT of pipe2(2)).
    static Result<Ref<PipeQueue>> create(bool keeps_packets);

    Result<size_t> read(Sink const& sink, bool waits);
    Result<size_t> write(Source const& source, bool waits);
    // What read would give, left where it is: for tee(2).
    Result<size_t> peek(Sink const& sink, bool waits);
    // What poll(2) tells a user.
    uint32_t events(PipeUser const& user);
    size_t size();
    size_t capacity();
    // EBUSY if what is in it would not fit.
    Result<uint64_t> set_capacity(uint64_t wanted);
    uint32_t mode() const { return mode_.load(std::memory_order_relaxed); }
    void set_mode(uint32_t mode) { mode_.store(mode, std::memory_order_relaxed); }
    // As chown(2): -1 leaves what it was.
    void set_owner(uint32_t uid, uint32_t gid);
    void describe_owner(struct stat& status);

    void attach(PipeUser& user);
    // With the last one goes what is in it.
    void detach(PipeUser& user);
    // fifo(7): until somebody opens the other end. ENXIO for who will write, must not wait, and has no reader.
    Result<> wait_for_others(PipeUser const& user, bool waits);

private:
    explicit PipeQueue(bool keeps_packets) : keeps_packets_(keeps_packets) { }
    size_t header_size() const { return keeps_packets_ ? sizeof(uint16_t) : 0; }
    size_t packet_size(size_t start);
    void consume(size_t count);
    Result<> wait_for_data(bool waits);
    Result<> wait_for_room(size_t room, bool waits);
    Result<size_t> read_with(Sink const& sink, bool waits, bool takes);
    Result<size_t> read_some(Sink const& sink, bool takes);
    static Result<size_t> writable_part(Source const& source, size_t offset, size_t wanted);
    Result<size_t> write_some(Source const& source, size_t offset, size_t least);
    Result<size_t> write_all(Source const& source, bool waits);
    void tell_writers(uint32_t events);
    void tell_readers(uint32_t events);

    bool const keeps_packets_;
    std::atomic<uint32_t> mode_ { 0600 };
    Mutex read_mutex_;
    Mutex write_mutex_;

    Spinlock lock_; // all below
    ByteRing ring_;
    size_t packet_count_ { 0 };
    IntrusiveList<PipeUser, &PipeUser::reading_link> reading_;
    IntrusiveList<PipeUser, &PipeUser::writing_link> writing_;
    uint64_t reader_count_ { 0 }, writer_count_ { 0 }; // that ever came
    WaitQueue openers_;
    uint32_t uid_ { 0 }, gid_ { 0 };
    WaitQueue readers_;
    WaitQueue writers_;
};

} // namespace farl
