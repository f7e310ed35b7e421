#include "owner/launch/cache_directory.h"

#include <cstdlib>

namespace farl::owner {

std::string cache_directory_of_user()
{
    auto const* chosen = std::getenv("XDG_CACHE_HOME");
    if (chosen && chosen[0] == '/') // others are to be ignored: XDG Base Directory Specification
        return std::string(chosen) + "/farl";
    auto const* home = std::getenv("HOME");
    return home && home[0] == '/' ? std::string(home) + "/.cache/farl" : std::string();
}

} // namespace farl::owner
