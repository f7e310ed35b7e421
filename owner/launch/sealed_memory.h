// A memory file whose contents nobody can change any more: how configurations reach other programs.
#pragma once

#include "owner/launch/file_descriptor.h"

#include <span>

namespace farl::owner {

// It survives execve(2). Throws UserError.
FileDescriptor sealed_memory(char const* name, std::span<std::byte const> bytes);

} // namespace farl::owner
