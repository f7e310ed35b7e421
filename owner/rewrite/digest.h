// SHA-256 of what is analysed: the key of the cache, and the identity of a file in its patch table.
#pragma once

#include "abi/formats/patch_table.h"

#include <string>

namespace farl::owner {

patch::Digest sha256(std::span<std::byte const> bytes);
std::string to_hex(patch::Digest const& digest);

} // namespace farl::owner
