// Where Farl's own programs are: beside the running command, or in ../libexec/farl of it.
#pragma once

#include <string>

namespace farl::owner {

struct Installation {
    std::string launcher;
    std::string enclave;
    std::string sigstruct;

    // Throws UserError if a file is missing.
    static Installation find();
};

} // namespace farl::owner
