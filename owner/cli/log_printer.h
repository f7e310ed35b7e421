// LogPrinter: what a shielded log holds, to this process's standard output and error output.
#pragma once

#include "owner/console/log_reader.h"

namespace farl::owner {

class LogPrinter : public LogListener {
public:
    // `command` is what a person typed.
    explicit LogPrinter(std::string command) : command_(std::move(command)) { }

    void data(formats::ConsoleChannel channel, std::string_view bytes) override;
    void problem(std::string const& what) override;
    void unshielded(std::string_view line) override;
    size_t problem_count() const { return problem_count_; }

private:
    std::string command_;
    size_t problem_count_ { 0 };
};

} // namespace farl::owner
