// Child: a command that another one runs, by its name as execvp(3) finds it, and talks to.
#pragma once

#include "owner/launch/file_descriptor.h"

#include <functional>
#include <sys/types.h>

namespace farl::owner {

struct Child {
    // `words` end with a null. `prepare` runs in the child, before the command. Throws UserError.
    static Child start(
        char const* const* words, std::function<void()> const& prepare = [] {});

    // Its exit status; 128 and more if a signal ended it, 126 or 127 if it could not be run, as a shell has it.
    int wait() const;

    pid_t pid;
    FileDescriptor input;  // write
    FileDescriptor output; // read: its output and its error output
};

} // namespace farl::owner
