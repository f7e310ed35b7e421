// Where Farl's own programs are: beside the running command, or in ../libexec/farl of it.
#pragma once

#include "abi/sgx/secs.h"

#include <string>

namespace farl::owner {

struct Installation {
    std::string launcher;
    std::string enclave;
    std::string sigstruct;

    // Throws UserError if a file is missing.
    static Installation find();
};

// The MRENCLAVE that the enclave's signature is for. Throws UserError.
sgx::Hash measurement_of(Installation const& installation);

// The path of one of the owner's programs, whether it is there or not.
std::string installed_program(std::string const& name);

} // namespace farl::owner
