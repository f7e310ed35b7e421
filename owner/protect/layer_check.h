// The last look at a protected image: every byte of every layer, for secret contents, and every name.
#pragma once

#include "owner/image/image_regions.h"
#include "owner/protect/plaintext_scan.h"

#include <functional>

namespace farl::owner {

// `layout` is the image as it was written, its last layer the one that protects it. Throws UserError, which names what
// was found.
void check_layers(std::string const& layout, ImageRegions const& regions, PlaintextScan& scan,
    std::function<void(size_t layer)> const& done);

} // namespace farl::owner
