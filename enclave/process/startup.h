// Startup: which program the process begins as, and what it is given. A CAS says so where there is one, and the host
// where there is none.
#pragma once

#include "abi/wire/launch_config.h"
#include "enclave/crypto/secret_bytes.h"
#include "enclave/process/program.h"

namespace farl {

struct Startup {
    SecretBytes block; // of the CAS; the views below lead into it, or into the launch configuration
    String path;
    Vector<String> arguments;
    Vector<std::string_view> environment;
};

// As the host offers it. ENOMEM.
Result<> take_offered_startup(Startup& startup, wire::LaunchConfig const& config);

// Attests, and takes nothing from the host: mounts the image if there is one, puts the files of the configuration in
// place, sets the working directory and finds the program. On the main thread, before it is the application's. Ends the
// process with one line on the log if it cannot.
void take_attested_startup(Startup& startup, Thread& thread, wire::LaunchConfig const& launch);

// One line on the log, then the end.
[[noreturn]] void fail_to_start(Process& process, ProgramFailure const& failure);

} // namespace farl
