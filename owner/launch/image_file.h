// Whether a path names a container image, by a look at it: so `farl run` and `farl inspect` take images, too.
#pragma once

#include <string>

namespace farl::owner {

// A directory with an index.json, or a file that begins as a tar does, compressed or not.
bool looks_like_image(std::string const& path);

} // namespace farl::owner
