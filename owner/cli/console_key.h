// Where a command has the key of a shielded console from: a file, or the CAS.
#pragma once

#include "owner/cli/cas_connection.h"

#include <optional>

namespace farl::owner {

// Of a service of one's own: "SESSION/SERVICE". Throws UserError.
Secret fetch_console_key(CasConnection const& cas, std::string const& service);

// As a key file has it: hexadecimal, with a line feed.
Secret console_key_text(Secret const& key);

class ConsoleKeyOptions {
public:
    // --console-key FILE, or --session SESSION/SERVICE and what finds a CAS.
    void add_options(CLI::App& app);
    // Throws UserError.
    Secret key() const;

private:
    std::string file_, service_;
    CasConnection cas_;
};

// Their part of a help text.
inline constexpr char const* kConsoleKeyHelp =
    R"(  --console-key FILE          the service's console key, as `farl policy console-key` writes it: a file that only you may read
  --session SESSION/SERVICE   ask a CAS for it, as the session's owner. That needs to know:
  --cas HOST:PORT             the CAS (or the variable FARL_CAS)
  --cas-key KEY               the key that it has to show (FARL_CAS_KEY)
  --key FILE                  your key, one of the owners that the CAS knows (FARL_KEY)
)";

} // namespace farl::owner
