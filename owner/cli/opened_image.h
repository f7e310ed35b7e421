// What is wrong with an image, as an error that names it.
#pragma once

#include "owner/launch/user_error.h"
#include "owner/oci/image_defect.h"

#include <fmt/format.h>

namespace farl::owner {

// What `act` does with the image at `path`.
template <typename Act>
auto of_image(std::string const& path, Act act)
{
    try {
        return act();
    } catch (ImageDefect const& defect) {
        throw UserError(kNotRunnable, fmt::format("{}: {}", path, defect.what()));
    }
}

} // namespace farl::owner
