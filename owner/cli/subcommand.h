// What the commands that have subcommands, or read files and options, have in common. Throws UserError.
#pragma once

#include "owner/keys/secret.h"

#include <CLI/App.hpp>
#include <span>
#include <string>
#include <string_view>

namespace farl::owner {

struct Subcommand {
    std::string_view name;
    int (*function)(std::span<char const* const>);
};

// The one that the first word names, with the words behind it. `command` is what a person typed before: "attest
// collateral".
int run_one_of(
    std::string_view command, std::span<Subcommand const> subcommands, std::span<char const* const> arguments);

bool asks_for_help(std::span<char const* const> arguments);

// `command` is what a person typed: "policy check". Ends the process after answering who asks for words (completion.h).
void parse_words(CLI::App& app, std::span<char const* const> arguments, std::string const& command);

// All of a file, which may hold secrets.
Secret file_contents(std::string const& path);

} // namespace farl::owner
