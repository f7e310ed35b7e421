// InputSealer: one stream of input for a program with a shielded console, as lines for its enclave.
#pragma once

#include "owner/console/console_line.h"

namespace farl::owner {

class InputSealer {
public:
    // For the start of an enclave whose outputs name this console.
    InputSealer(Secret const& console_key, formats::ConsoleId const& console);

    // Any number of bytes: as many lines as it takes.
    std::string data(std::string_view bytes);
    std::string end();
    // Asks for a terminal of this size, or tells its new one.
    std::string window(formats::ConsoleWindow const& window);

private:
    std::string line(formats::ConsoleKind kind, std::string_view data);

    formats::ConsoleHeader header_ {}; // of the next block
    Secret key_;
};

} // namespace farl::owner
