// Unpacks an image into a directory of this user's: nothing of it leads out, whoever the user is. Owners are set if
// that is allowed; set-id bits never are.
#pragma once

#include "owner/oci/flattened_image.h"

namespace farl::owner {

// `directory` is there, empty, and nobody else's. Throws ImageDefect, UserError.
void unpack(
    FlattenedImage const& image, std::string const& directory, std::function<void(size_t layer)> const& done = {});

} // namespace farl::owner
