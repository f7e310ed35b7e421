// UserError: what a person did or has that stops a command. Caught once, in main: one line on stderr, then exit.
// The exit statuses are those of env(1), docker(1) and shells.
#pragma once

#include <stdexcept>
#include <string>

namespace farl::owner {

enum ExitStatus : int {
    kRefused = 1, // what was given is read and not accepted
    kBadUsage = 2,
    kFarlFailed = 125, // Farl itself, not the program
    kNotRunnable = 126,
    kNotFound = 127,
};

class UserError : public std::runtime_error {
public:
    UserError(ExitStatus status, std::string const& message) : std::runtime_error(message), status_(status) { }
    ExitStatus status() const { return status_; }

private:
    ExitStatus status_;
};

} // namespace farl::owner
