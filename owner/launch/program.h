// Finds what execvp(3) would run: PATH search inside the root directory, `#!` lines as execve(2) treats them, and the
// checks that turn a file Farl cannot run into one clear line.
#pragma once

#include "owner/launch/root_directory.h"

#include <string>
#include <vector>

namespace farl::owner {

struct Program {
    std::string path;                   // absolute inside the root; an ELF file
    std::string interpreter;            // of PT_INTERP, absolute inside the root; empty if there is none
    std::vector<std::string> arguments; // argv, with a script's interpreter in front
};

struct ProgramRequest {
    std::vector<std::string> arguments; // as typed; the first is the program
    std::string working_directory;      // absolute inside the root
    std::string search_path;            // the value of PATH
};

// Throws UserError: kNotFound or kNotRunnable.
Program find_program(RootDirectory const& root, ProgramRequest const& request);

} // namespace farl::owner
