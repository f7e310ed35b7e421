// ShieldedInput: standard input of a program whose console is shielded. A fiber of the runtime reads lines from the
// host and passes what they hold through a pipe, from the first time that the program asks. Looks like that pipe.
// What was changed on its way ends the input: EIO, and a line on the log.
#pragma once

#include "enclave/console/input_stream.h"
#include "enclave/vfs/pipe.h"

namespace farl {

class InputPump;

class ShieldedInput final : public File {
public:
    static Result<Ref<ShieldedInput>> create(ConsoleKey const& key, formats::ConsoleId const& console, Ref<File> from);
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
    ShieldedInput(uint32_t flags, Ref<InputPump> pump, Ref<File> reader);
    Result<> start();

    Ref<InputPump> pump_;
    Ref<File> reader_;
    std::atomic<bool> is_started_ { false };
};

} // namespace farl
