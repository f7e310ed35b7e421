// Completion of command lines by a shell. The shell's script asks the commands themselves, so that it cannot go stale:
// any command path followed by the one word --list-words prints what may come next, one a line: names of commands,
// options, and with a
// `=` behind it options that take a value.
#pragma once

#include <CLI/App.hpp>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace farl::owner {

using Arguments = std::span<char const* const>;

inline bool asks_for_words(Arguments arguments)
{
    return arguments.size() == 1 && std::string_view(arguments[0]) == "--list-words";
}

// Of a command with commands of its own: a range of things with a name.
template <typename Commands>
void print_words(Commands const& commands)
{
    for (auto const& command : commands)
        std::printf("%.*s\n", static_cast<int>(command.name.size()), command.name.data());
}

// Of a command with options.
inline void print_words(CLI::App const& app)
{
    for (auto const* option : app.get_options()) {
        if (option->check_lname("help"))
            continue; // every command has it, and some without telling CLI11
        auto const* value = option->get_items_expected_max() > 0 ? "=" : "";
        for (auto const& name : option->get_lnames())
            std::printf("--%s%s\n", name.c_str(), value);
        for (auto const& name : option->get_snames())
            std::printf("-%s%s\n", name.c_str(), value);
    }
}

// `farl completion SHELL`. Throws UserError.
int completion(Arguments arguments);

} // namespace farl::owner
