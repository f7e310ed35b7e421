// The signals of O_ASYNC, fcntl(2): to whom, and what they tell.
#pragma once

#include "enclave/process/process.h"
#include "enclave/vfs/async_signal.h"

namespace farl {

// An owner's number for F_SETOWN at the host; ESRCH if there is nobody of that number. Threads are the process there.
Result<int> find_async_owner(Process& process, int type, int id);

// What calls on objects inside have caused.
void send_async_signals(Process& process);

} // namespace farl
