// How a command finds a CAS and shows who asks: options --cas, --cas-key and --key, or the variables FARL_CAS,
// FARL_CAS_KEY and FARL_KEY.
#pragma once

#include "owner/cas/client.h"

#include <CLI/App.hpp>

namespace farl::owner {

class CasConnection {
public:
    enum class Need : bool { Perhaps, Always };
    void add_options(CLI::App& app, Need need = Need::Always);
    // Asks, and takes only an answer that is no refusal. Throws UserError; what is wrong at a place of `file`, with it.
    nlohmann::ordered_json request(nlohmann::ordered_json const& message, std::string const& file = "") const;

private:
    std::string endpoint_, cas_key_, key_file_;
};

// Hexadecimal, as `farl policy key` prints it. Throws UserError, which names `option`.
Ed25519Point point_from(std::string const& text, char const* option);

} // namespace farl::owner
