// Files that the startup configuration brings along: in enclave memory, at their places in the tree that the program
// sees. docs/formats/startup-config.md says what of them shows where.
#pragma once

#include "abi/formats/startup_config.h"
#include "base/result.h"

namespace farl {

// Once, before there is a program. ENOMEM; ENOTDIR, EISDIR, EEXIST for files that exclude each other.
Result<> inject_files(formats::StartupConfig const& config);
// One more, in the place of what is there. ENOMEM.
Result<> inject_file(formats::InjectedFile const& injected);

} // namespace farl
