// SignalFile: what signalfd(2) makes: signals of its mask are read as data by whichever thread reads.
#pragma once

#include "enclave/process/process.h"
#include "enclave/vfs/anonymous_file.h"

namespace farl {

class SignalFile final : public AnonymousFile {
public:
    SignalFile(Process& process, SignalSet mask, uint32_t status_flags)
        : AnonymousFile(status_flags),
          process_(process),
          mask_(mask & ~kUnblockable)
    {
    }

    void set_mask(SignalSet mask);
    Result<size_t> read(Sink const& sink) override;
    uint32_t ready_events() override;
    ReadySource* ready_source() override { return &process_.signalfd_ready; }
    SignalFile* as_signal_file() override { return this; }

private:
    Result<SignalInfo> take(bool waits);

    Process& process_;
    SignalSet mask_; // under process_.signal_lock
};

} // namespace farl
