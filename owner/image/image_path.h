// Paths inside an image.
#pragma once

#include <string>
#include <string_view>

namespace farl::owner {

// UserError for what is not an absolute path in its one spelling, is "/", too long for Linux, or in /.farl.
void require_image_path(std::string_view path);
// For messages: what an image says may hold characters that a terminal obeys.
std::string shown_path(std::string_view path);

} // namespace farl::owner
