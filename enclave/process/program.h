// Program: what a process runs. Starting the first one, and putting another in its place (execve(2)).
#pragma once

#include "abi/wire/hostcall.h"
#include "abi/wire/launch_config.h"
#include "enclave/process/process.h"

#include <optional>

namespace farl {

struct ProgramRequest {
    std::string_view path; // absolute
    std::span<std::string_view const> arguments;
    std::span<std::string_view const> environment;
};

struct ProgramFailure {
    std::string_view subject; // a path
    std::string_view what;
    int status;
    Errno error;
};

// Maps the program and its interpreter into the empty address space of the process, builds the stack, and points the
// current thread's frame at the entry.
std::optional<ProgramFailure> load_program(Thread& thread, ProgramRequest const& request);

// Creates the process, its descriptors 0 to 2 and its main thread, which does the loading itself and ends the process
// with one clear line if it cannot. `config` must live as long as the enclave.
Result<> start_program(wire::LaunchConfig const& config, wire::StartInfo const& start);

// execve(2) with an absolute path. Returns only if nothing has changed; afterwards a failure is the end.
Result<> execute_program(Thread& thread, ProgramRequest const& request);

} // namespace farl
