#include "owner/launch/emulator_secret.h"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace farl::owner {

namespace {

// XDG Base Directory Specification.
std::filesystem::path data_directory()
{
    auto const* chosen = std::getenv("XDG_DATA_HOME");
    if (chosen && chosen[0] == '/')
        return chosen;
    auto const* home = std::getenv("HOME");
    return home && home[0] == '/' ? std::filesystem::path(home) / ".local/share" : std::filesystem::path();
}

} // namespace

std::string emulator_secret_of_user()
{
    auto directory = data_directory();
    if (directory.empty())
        return {};
    directory /= "farl";
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    auto file = directory / "emulator-secret";
    bool is_usable = access(file.c_str(), R_OK) == 0 || access(directory.c_str(), W_OK) == 0;
    return is_usable ? file.string() : std::string();
}

} // namespace farl::owner
