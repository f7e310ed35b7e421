// Which file a program's name means: execvp(3).
#pragma once

#include "enclave/process/program.h"

namespace farl {

// A name with a slash is a path from the working directory; another one is looked for in the directories of PATH in
// `environment`, or in the usual ones. ENOENT; EACCES if there are only files that cannot be run.
Result<String> find_program(
    std::string_view name, std::string_view working_directory, std::span<std::string_view const> environment);

} // namespace farl
