#include "owner/launch/emulator_secret.h"

#include "owner/launch/data_directory.h"

#include <unistd.h>

namespace farl::owner {

std::string emulator_secret_of_user()
{
    auto const directory = data_directory_of_user();
    if (directory.empty())
        return {};
    auto file = directory + "/emulator-secret";
    bool is_usable = access(file.c_str(), R_OK) == 0 || access(directory.c_str(), W_OK) == 0;
    return is_usable ? file : std::string();
}

} // namespace farl::owner
