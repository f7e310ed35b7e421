#include "owner/image/image_path.h"

#include "abi/formats/canonical_path.h"
#include "abi/formats/fspf.h"
#include "owner/launch/user_error.h"

namespace farl::owner {

namespace {

constexpr size_t kLongestPath = 4095;
constexpr size_t kLongestName = 255;

bool has_long_name(std::string_view path)
{
    size_t length = 0;
    for (char character : path) {
        length = character == '/' ? 0 : length + 1;
        if (length > kLongestName)
            return true;
    }
    return false;
}

bool is_reserved(std::string_view path)
{
    auto const own = formats::kProtectionDirectory;
    return path.starts_with(own) && (path.size() == own.size() || path[own.size()] == '/');
}

} // namespace

std::string shown_path(std::string_view path)
{
    std::string shown;
    for (char character : path)
        shown += static_cast<unsigned char>(character) < ' ' || character == 0x7f ? '?' : character;
    return shown;
}

void require_image_path(std::string_view path)
{
    if (!formats::is_canonical_path(path))
        throw UserError(kRefused, "'" + shown_path(path) + "' is not an absolute path without '//', '.' and '..'");
    if (path.size() > kLongestPath || has_long_name(path))
        throw UserError(kRefused, "a path of the image is longer than Linux allows: " + shown_path(path));
    if (is_reserved(path))
        throw UserError(kRefused, shown_path(path) + ": an image has nothing of its own in /.farl");
}

} // namespace farl::owner
