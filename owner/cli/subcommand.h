// What the commands that read files and options have in common. Throws UserError.
#pragma once

#include "owner/keys/secret.h"

#include <CLI/App.hpp>
#include <span>
#include <string>

namespace farl::owner {

bool asks_for_help(std::span<char const* const> arguments);

// `command` is what a person typed: "policy check". Ends the process after answering who asks for words (completion.h).
void parse_words(CLI::App& app, std::span<char const* const> arguments, std::string const& command);

// All of a file, which may hold secrets.
Secret file_contents(std::string const& path);

} // namespace farl::owner
