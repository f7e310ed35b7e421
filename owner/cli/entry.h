// What main() of each of the owner's programs does: runs a command, and turns what stops it into one line and a status.
#pragma once

#include "owner/cli/completion.h"
#include "owner/launch/user_error.h"

#include <cstdio>
#include <new>
#include <span>

namespace farl::owner {

inline int run_command(int (*command)(Arguments), int argc, char** argv)
{
    try {
        return command({ argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0) });
    } catch (UserError const& error) {
        std::fprintf(stderr, "farl: %s\n", error.what());
        return error.status();
    } catch (std::bad_alloc const&) {
        std::fputs("farl: out of memory\n", stderr);
        return kFarlFailed;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "farl: %s\n", error.what()); // of a disk or a library
        return kFarlFailed;
    }
}

} // namespace farl::owner
