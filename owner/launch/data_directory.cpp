#include "owner/launch/data_directory.h"

#include <cstdlib>
#include <filesystem>

namespace farl::owner {

namespace {

std::filesystem::path data_home()
{
    auto const* chosen = std::getenv("XDG_DATA_HOME");
    if (chosen && chosen[0] == '/')
        return chosen;
    auto const* home = std::getenv("HOME");
    return home && home[0] == '/' ? std::filesystem::path(home) / ".local/share" : std::filesystem::path();
}

} // namespace

std::string data_directory_of_user()
{
    auto directory = data_home();
    if (directory.empty())
        return {};
    directory /= "farl";
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    return directory;
}

} // namespace farl::owner
