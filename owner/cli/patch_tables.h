// Gives the enclave the patch tables of the files that a program is known to run code from. A file that cannot be
// analysed, or has nothing to patch, is left out: its system calls trap, which is slower and right.
#pragma once

#include "owner/launch/config_writer.h"
#include "owner/launch/environment.h"
#include "owner/launch/root_directory.h"

#include <string>

namespace farl::owner {

// `program` is the absolute path of an ELF file inside the root; `environment` is what it will start with.
void add_patch_tables(
    ConfigWriter& config, RootDirectory const& root, std::string const& program, Environment const& environment);

} // namespace farl::owner
