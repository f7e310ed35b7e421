// ShieldedInput: standard input of a program whose console is shielded. A fiber of the runtime reads lines from the
// host and passes what they hold through a pipe, from the first time that the program asks. Looks like that pipe.
// What was changed on its way ends the input: EIO, and a line on the log.
#pragma once

#include "enclave/console/input_pump.h"
#include "enclave/vfs/pipe.h"

namespace farl {

// The pipe that the input goes through.
class PipedInput final : public InputReceiver {
public:
    explicit PipedInput(Ref<File> writer) : writer_(std::move(writer)) { }

    Result<> take(std::span<std::byte const> bytes) override;
    void end(bool is_whole) override;
    bool has_failed() const { return has_failed_.load(); }

private:
    Ref<File> writer_;
    std::atomic<bool> has_failed_ { false };
};

class ShieldedInput final : public File {
public:
    static Result<Ref<ShieldedInput>> create(Owned<InputReader> reader);
    ~ShieldedInput() override;

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> peek(Sink const& sink) override;
    bool is_pipe() const override { return true; }
    Result<uint64_t> pipe_size() override { return reader_->pipe_size(); }
    Result<struct stat> status() override { return reader_->status(); }
    Result<struct statfs> file_system_status() override { return reader_->file_system_status(); }
    Result<uint64_t> control(uint64_t request, uint64_t argument) override;
    Result<> set_status_flags(uint32_t flags) override;
    Result<Ref<File>> reopen(uint32_t) override { return Ref<File>(*this); }
    uint32_t ready_events() override;
    ReadySource* ready_source() override { return reader_->ready_source(); }

private:
    ShieldedInput(Ref<PipedInput> input, Ref<InputPump> pump, Ref<File> reader);
    Result<> start();

    Ref<PipedInput> input_;
    Ref<InputPump> pump_;
    Ref<File> reader_;
    std::atomic<bool> is_started_ { false };
};

} // namespace farl
