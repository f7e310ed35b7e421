// What a person is told when the SGX driver refuses: what was tried, what the system said, and what to do about it.
// The platform interface itself speaks in error numbers only.
#pragma once

#include "base/errno.h"

#include <string>

namespace farl::host {

enum class SgxStep : uint8_t {
    FindProcessor,
    FindEntry,
    OpenDevice,
    OpenProvision,
    Size,
    Create,
    Map,
    Add,
    Provision,
    Initialise,
    Protect,
    Restrict,
    Trim,
    Remove,
    Quote,
};

// One line, without a newline at its end.
std::string complaint(SgxStep step, Errno error);

// Where complaints go: stderr in the launcher.
using Complain = void (*)(std::string const& line);

} // namespace farl::host
