// SyncExecutor: each call on the thread that left the enclave with it.
#pragma once

#include "host/executor/executor.h"

namespace farl::host {

class SyncExecutor final : public Executor {
public:
    int64_t execute(LinuxCall const& call) override;
};

} // namespace farl::host
