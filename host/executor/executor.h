// Executor: carries out the Linux system calls that the enclave asks for. sync/ does it on the carrier's own thread;
// the hostile tests put a liar in its place.
#pragma once

#include "abi/wire/hostcall.h"

namespace farl::host {

class Executor {
public:
    virtual ~Executor() = default;
    // A raw system call: -errno on failure. `slot` stays writable for the enclave meanwhile.
    virtual int64_t execute(wire::HostCallSlot& slot) = 0;
};

} // namespace farl::host
