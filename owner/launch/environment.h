// Environment: the variables the program starts with, in order, each name once.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

class Environment {
public:
    Environment() = default;
    // A copy of environ(7); entries without `=` are kept as they are.
    static Environment of_this_process();

    // "NAME=VALUE" sets; "NAME" takes the value from `source`, or nothing if it has none. Throws UserError.
    void apply(std::string const& option, Environment const& source);
    void set(std::string_view name, std::string_view value);
    // Empty if unset, and if set to nothing.
    std::string_view value(std::string_view name) const;
    bool has(std::string_view name) const;

    std::span<std::string const> entries() const { return entries_; }

private:
    std::vector<std::string> entries_;
};

} // namespace farl::owner
