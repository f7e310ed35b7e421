// The shielded console of a process: its standard streams, if the startup configuration has a key for them.
#pragma once

#include "enclave/console/console_cipher.h"
#include "enclave/process/process.h"

namespace farl {

// Puts shielded streams in the place of descriptors 0, 1 and 2, as far as they are open, and marks their end when the
// process ends. If the console is attended, waits for its first block of input, with which whoever attaches may ask for
// a terminal. On the main thread, before there is a program. ENOMEM.
Result<> shield_console(Process& process, ConsoleKey const& key, bool is_attended);

} // namespace farl
