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

// The path of one of the owner's programs, whether it is there or not.
std::string installed_program(std::string const& name);

} // namespace farl::owner
