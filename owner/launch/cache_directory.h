// Where this user's caches of Farl are. Everything below may be deleted at any time.
#pragma once

#include <string>

namespace farl::owner {

// $XDG_CACHE_HOME/farl, or ~/.cache/farl, whether it is there or not; empty if neither is known.
std::string cache_directory_of_user();

} // namespace farl::owner
