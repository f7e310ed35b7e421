// The JSON of images, written: canonical (keys sorted, no spaces), so that the same image has the same digests.
#pragma once

#include "owner/oci/image_json.h"

namespace farl::owner {

std::string manifest_json(Manifest const& manifest);
std::string index_json(Descriptor const& manifest);
std::string layout_json();
// manifest.json, by which `docker load` finds the blobs.
std::string saved_json(Manifest const& manifest);

// The configuration: of an image from nothing, or with what is given in the place of what `base` says.
std::string image_config_json(ImageConfig const& config, std::string_view base = "{}");

} // namespace farl::owner
