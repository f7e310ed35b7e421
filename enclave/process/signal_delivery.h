// What happens between the end of a system call (or an interruption) and the application: signals are taken, handlers
// are set up, default actions are carried out, and interrupted calls are restarted or fail with EINTR.
#pragma once

#include "enclave/process/thread.h"

namespace farl {

// Which interrupted calls come back by themselves (signal(7)).
enum class Restart : uint8_t {
    Never,     // EINTR, always
    IfAsked,   // unless a handler without SA_RESTART runs
    Unhandled, // only if no handler runs at all
};

enum class AfterSignals {
    Return, // to the application
    Repeat, // the system call again: nothing was handled
};

AfterSignals deliver_signals(Thread& thread, Restart restart);

// A fault or an interrupt brought the thread here.
void handle_fault(Thread& thread);

} // namespace farl
