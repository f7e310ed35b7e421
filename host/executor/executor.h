// Executor: carries out the Linux system calls that the enclave asks for. sync/ does it on the carrier's own thread;
// the hostile tests put a liar in its place.
#pragma once

#include <cstdint>

namespace farl::host {

struct LinuxCall {
    uint64_t number { 0 };
    uint64_t const* arguments { nullptr }; // six
    uint64_t const* cancelled { nullptr }; // a word that cuts it short while it is not 0, or null
    uint64_t stopped_by { 0 };             // SIGTTIN and SIGTTOU, as a set: which of them stop the caller
};

class Executor {
public:
    virtual ~Executor() = default;
    // A raw system call: -errno on failure. What it points to stays writable for the enclave meanwhile.
    virtual int64_t execute(LinuxCall const& call) = 0;
};

} // namespace farl::host
