// Makes a protected image of another one: what `farl build` does.
//
// Layers in which nothing is secret stay as they are, byte for byte; the others are written again without it. One new
// layer brings /.farl. At the end every byte of every layer is searched for what is secret.
#pragma once

#include "owner/launch/installation.h"
#include "owner/oci/flattened_image.h"
#include "owner/protect/image_policy.h"
#include "owner/protect/image_secrets.h"

#include <functional>

namespace farl::owner {

struct ProtectRequest {
    std::string input;
    std::string output;
    ImagePolicy policy;
    ImageKeys* keys;
    ImageBudget budget;
    Installation installation; // whose launcher and enclave go into the image
};

struct ProtectedImage {
    ImageSecrets secrets;
    size_t kept_layers { 0 };
    size_t rewritten_layers { 0 };
    size_t encrypted_files { 0 };
    size_t authenticated_files { 0 };
};

// Tells how much of all work is done.
using ProtectProgress = std::function<void(uint64_t done, uint64_t total)>;

// Throws ImageDefect for the input, UserError.
ProtectedImage protect_image(ImageReader const& image, ProtectRequest const& request, ProtectProgress const& progress);

} // namespace farl::owner
