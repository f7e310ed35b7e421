// Pipe: a byte queue between two open files, inside the enclave. What is written never leaves.
// Lock order: one of the copy mutexes, then lock_, then a ReadySource.
#pragma once

#include "base/owned.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/byte_ring.h"
#include "enclave/vfs/file.h"

namespace farl {

class PipeEnd;

// The queue itself. A reader copies out of the filled part while it holds reading_, a writer into the free part
// while it holds writing_; lock_ guards where these parts begin and end.
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
    uint32_t reader_events();
    uint32_t writer_events();
    size_t size();
    size_t capacity();
    // EBUSY if what is in it would not fit.
    Result<uint64_t> set_capacity(uint64_t wanted);
    uint32_t mode() const { return mode_.load(std::memory_order_relaxed); }
    void set_mode(uint32_t mode) { mode_.store(mode, std::memory_order_relaxed); }
    // As chown(2): -1 leaves what it was.
    void set_owner(uint32_t uid, uint32_t gid);
    void describe_owner(struct stat& status);

    void attach(PipeEnd& end);
    void detach(PipeEnd& end);

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
    Mutex reading_;
    Mutex writing_;

    Spinlock lock_; // all below
    ByteRing ring_;
    size_t packet_count_ { 0 };
    PipeEnd* reader_ { nullptr };
    PipeEnd* writer_ { nullptr };
    uint32_t uid_ { 0 }, gid_ { 0 };
    WaitQueue readers_;
    WaitQueue writers_;
};

class PipeEnd final : public File {
public:
    PipeEnd(Ref<PipeQueue> queue, uint32_t status_flags);
    ~PipeEnd() override;

    Result<size_t> read(Sink const& sink) override { return queue_->read(sink, !is_nonblocking()); }
    Result<size_t> write(Source const& source) override { return queue_->write(source, !is_nonblocking()); }
    Result<size_t> peek(Sink const& sink) override { return queue_->peek(sink, !is_nonblocking()); }
    bool is_pipe() const override { return true; }
    bool can_signal() const override { return true; }
    bool can_be_direct() const override { return true; }
    Result<struct stat> status() override;
    Result<struct statfs> file_system_status() override;
    Result<> change_mode(uint32_t mode) override;
    Result<> change_owner(uint32_t uid, uint32_t gid) override;
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<uint64_t> pipe_size() override { return queue_->capacity(); }
    Result<uint64_t> set_pipe_size(uint64_t wanted) override { return queue_->set_capacity(wanted); }
    uint32_t ready_events() override { return is_writable() ? queue_->writer_events() : queue_->reader_events(); }
    ReadySource* ready_source() override { return &readiness_; }
    ReadySource& readiness() { return readiness_; }

private:
    Ref<PipeQueue> queue_;
};

struct Pipe {
    Ref<File> reader;
    Ref<File> writer;
};
// pipe2(2): the flags are of O_NONBLOCK and O_DIRECT.
Result<Pipe> make_pipe(uint32_t status_flags);

} // namespace farl
