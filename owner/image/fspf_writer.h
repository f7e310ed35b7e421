// Writes the FSPF of an image (docs/formats/fspf.md).
#pragma once

#include "owner/image/image_regions.h"
#include "owner/image/image_tree.h"

namespace farl::owner {

// Holds the files' keys. UserError if it would be larger than the format allows.
std::vector<std::byte, WipingAllocator<std::byte>> fspf_payload(
    ImageTree const& tree, ImageRegions const& regions, uint64_t trees_size);

} // namespace farl::owner
