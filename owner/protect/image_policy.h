// ImagePolicy: which parts of an image `farl build` protects how, and what of the image's own configuration it
// replaces. docs/formats/image-policy.md describes the file.
#pragma once

#include "owner/image/image_regions.h"
#include "owner/oci/image_json.h"
#include "owner/policy/fields.h"

#include <optional>

namespace farl::owner {

inline constexpr Choice<formats::RegionKind> kRegionKinds[] { { "authenticated", formats::RegionKind::Authenticated },
    { "encrypted", formats::RegionKind::Encrypted }, { "unprotected", formats::RegionKind::Unprotected } };

struct ImagePolicy {
    ImageRegions regions;
    // In the place of what the image says.
    std::optional<std::vector<std::string>> entrypoint;
    std::optional<std::vector<std::string>> command;
    std::optional<std::vector<std::string>> environment; // NAME=VALUE
    std::optional<std::string> working_directory;
    std::optional<std::string> user; // NAME or ID, and perhaps :GROUP
};

// Throws PolicyError, with the place.
ImagePolicy parse_image_policy(std::string_view text);
// What the policy leaves of the image's configuration.
ImageConfig configuration_of(ImagePolicy const& policy, ImageConfig const& config);

// A commented policy to start from, for this image.
std::string image_policy_for(ImageConfig const& config, std::string const& image);

// A text as YAML takes it, quoted.
std::string yaml_text(std::string_view text);
std::string yaml_list(std::vector<std::string> const& texts);

} // namespace farl::owner
