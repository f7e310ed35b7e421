// The terminal of the process, where its console is shielded and whoever attached asked for one: /dev/tty and
// /dev/pts/0.
#pragma once

#include "enclave/console/terminal.h"
#include "enclave/process/process.h"

namespace farl {

// Once, before there is a program. ENOMEM.
Result<Ref<Terminal>> make_console_terminal(Ref<ShieldedOutput> screen, formats::ConsoleWindow const& window);

} // namespace farl
