// Files with keys: readable by their owner only, never overwritten, whole or not there.
#pragma once

#include "owner/keys/secret.h"

#include <string>

namespace farl::owner {

enum class KeyFile { IsMade, Exists };

// Durable when it returns IsMade. Throws UserError.
KeyFile make_key_file(std::string const& path, Secret const& contents);
// Refuses a file that others may read or write. Throws UserError.
Secret read_key_file(std::string const& path);

} // namespace farl::owner
