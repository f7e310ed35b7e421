// /etc/ld.so.cache, glibc's index of libraries by name (glibc's dl-cache.h, the "glibc-ld.so.cache1.1" format).
#pragma once

#include "owner/rewrite/byte_reader.h"

#include <map>
#include <string>
#include <vector>

namespace farl::owner {

// The paths of each x86-64 library, in the file's order (the variants for newer processors among them).
// Empty if the file is in another format.
std::multimap<std::string, std::string> read_ld_cache(std::span<std::byte const> file);

} // namespace farl::owner
