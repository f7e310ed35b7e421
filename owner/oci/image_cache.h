// ImageCache: unpacked images of this user, by what they contain, so that an image is unpacked once. Whole or not
// there; each may be deleted while no program runs from it.
//
//   ~/.cache/farl/images/SHA256/     the files of the image
#pragma once

#include "owner/oci/image_reader.h"

#include <functional>

namespace farl::owner {

// The directory with the files of the image, unpacked if it is not there. Throws ImageDefect, UserError.
std::string unpacked(ImageReader const& image, std::function<void(uint64_t done, uint64_t total)> const& progress);

} // namespace farl::owner
