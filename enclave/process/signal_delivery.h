// What happens between the end of a system call (or an interruption) and the application: signals are taken, handlers
// are set up, default actions are carried out, and interrupted calls are restarted or fail with EINTR.
#pragma once

#include "enclave/process/thread.h"

namespace farl {

enum class AfterSignals {
    Return, // to the application
    Repeat, // the system call again: nothing was handled
};

AfterSignals deliver_signals(Thread& thread, Restart restart);

// A fault or an interrupt brought the thread here.
void handle_fault(Thread& thread);

} // namespace farl
