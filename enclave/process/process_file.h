// ProcessFile: what pidfd_open(2) makes: a process as a descriptor. There is one process, which is not ready while it
// can ask.
#pragma once

#include "enclave/vfs/anonymous_file.h"

namespace farl {

class ProcessFile final : public AnonymousFile {
public:
    explicit ProcessFile(uint32_t status_flags) : AnonymousFile(status_flags) { }

    uint32_t ready_events() override { return 0; }
    ReadySource* ready_source() override { return &readiness_; }
    ProcessFile* as_process_file() override { return this; }
};

} // namespace farl
