// LocalTerminal: the terminal of a person who is attached to a program that has a terminal of its own. In raw mode it
// passes every key on; it is as it was before when this object goes, and when a signal ends or stops the process.
// One at a time: it installs signal handlers.
#pragma once

#include "abi/formats/console_block.h"

#include <csignal>
#include <sys/types.h>

namespace farl::owner {

class LocalTerminal {
public:
    // `descriptor` may be none, -1: then it has a size and nothing else. Signals that end this process go to
    // `companion` too.
    LocalTerminal(int descriptor, pid_t companion);
    ~LocalTerminal();
    LocalTerminal(LocalTerminal const&) = delete;
    LocalTerminal& operator=(LocalTerminal const&) = delete;

    formats::ConsoleWindow window() const;
    void make_raw();
    // Whether its size may have changed since the last time. Signals tell, which come only while ppoll(2) waits with
    // this mask.
    bool was_resized();
    sigset_t const& mask_while_waiting() const { return mask_; }

private:
    int descriptor_;
    sigset_t mask_;
};

} // namespace farl::owner
