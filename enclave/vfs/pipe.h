// Pipe: a byte queue between two open files.
#pragma once

#include "enclave/vfs/file.h"
#include "enclave/vfs/pipe_queue.h"

namespace farl {

class PipeEnd : public File {
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
    uint32_t ready_events() override { return queue_->events(user_); }
    ReadySource* ready_source() override { return &readiness_; }

protected:
    // fifo(7), for open(2) of one with a name.
    Result<> wait_for_others() { return queue_->wait_for_others(user_, !is_nonblocking()); }

private:
    Ref<PipeQueue> queue_;
    PipeUser user_;
};

struct Pipe {
    Ref<File> reader;
    Ref<File> writer;
};
// pipe2(2): the flags are of O_NONBLOCK and O_DIRECT.
Result<Pipe> make_pipe(uint32_t status_flags);

} // namespace farl
